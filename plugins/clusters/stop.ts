import { operation, type VmState, z } from 'labwarden/sdk';
import { each } from './each.ts';
import { clusterStatus } from './fields.ts';
import { settled } from './status.ts';

const mode = z
  .enum(['shutdown', 'destroy'])
  .default('shutdown')
  .describe('`shutdown` asks the guests and waits; `destroy` cuts the power, and what they had not written is lost.');

const shutdownWithinMs = 120_000;

export const clusterStop = operation({
  name: 'cluster_stop',
  summary: 'Stop every running node of a cluster: ask the guests to shut down, or cut the power.',
  on: { cluster: { type: 'cluster', from: 'cluster_name', action: 'stop', destroyAction: 'cut' } },
  requires: ['power', 'lan'],
  effect: 'destroy',
  idempotent: true,
  input: z.object({ mode }),
  output: clusterStatus,
  effectOf: ({ mode }) => (mode === 'destroy' ? 'destroy' : 'change'),
  async preview({ cluster }, { mode }) {
    const names = cluster.nodes.filter(on).map(({ name }) => name);
    const [what, how] =
      mode === 'destroy'
        ? ['Cut the power', 'stops at once; what it has not written is lost.']
        : ['Shut down all nodes', 'is asked to shut down.'];
    return {
      summary: `${what} of cluster "${cluster.name}" of ${cluster.owner}.`,
      effects: names.length > 0 ? names.map((name) => `${name} ${how}`) : ['No node runs.'],
    };
  },
  async run({ cluster }, { mode }) {
    const running = cluster.nodes.filter(on);
    if (mode === 'destroy') await each('Cutting the power', running, (node) => node.power.cut());
    else await each('Shutting down', running, (node) => node.power.shutdown(shutdownWithinMs));
    const { nodes } = settled(cluster.name, cluster.nodes, 'stopped', false);
    const absent = new Set(cluster.nodes.filter(({ state }) => state === 'absent').map(({ name }) => name));
    return {
      cluster_name: cluster.name,
      network_active: await cluster.lan.active(),
      nodes: nodes.map((node) => (absent.has(node.name) ? { ...node, domain_state: 'absent' as const } : node)),
    };
  },
  async recover({ cluster }, { mode }) {
    const running = cluster.nodes.filter(on);
    if (mode === 'destroy') await each('Cutting the power', running, (node) => node.power.cut());
    else await each('Shutting down', running, (node) => node.power.shutdown(shutdownWithinMs));
    return 'finished';
  },
});

export const on = ({ state }: { readonly state: VmState }): boolean =>
  state === 'running' || state === 'paused' || state === 'failed';
