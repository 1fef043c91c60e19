import { LabError, operation, z } from 'labwarden/sdk';
import { nodeStatus as nodeStatusShape, sshTimeoutS, waitForSsh } from './fields.ts';
import { nodeStatus } from './status.ts';
import { on } from './stop.ts';

export const nodeCrash = operation({
  name: 'node_crash',
  summary: 'Cut the power of one node, as a crash would, and start it again if told so.',
  on: { cluster: { type: 'cluster', from: 'cluster_name', action: 'crash', nodes: 'node' } },
  requires: ['power', 'lan', 'guest'],
  effect: 'destroy',
  input: z.object({
    node: z.string().min(1).max(64).describe('Name of the node.'),
    restart_after: z.boolean().default(false).describe('Start it again.'),
    wait_for_ssh: waitForSsh,
    ssh_timeout_s: sshTimeoutS,
  }),
  output: z.object({ cluster_name: z.string(), ...nodeStatusShape.shape }),
  async preview({ cluster }, { node, restart_after }) {
    return {
      summary: `Cut the power of node "${node}" of cluster "${cluster.name}" of ${cluster.owner}.`,
      effects: ['What it has not written is lost.', restart_after ? 'It is started again.' : 'It stays off.'],
    };
  },
  async run({ cluster, call }, { restart_after, wait_for_ssh, ssh_timeout_s }) {
    const node = only(cluster.nodes);
    if (!on(node))
      throw new LabError('CONFLICT', `Node "${node.name}" is ${node.state}; only a running one can crash.`);
    await call.note('cut');
    await node.power.cut();
    if (!restart_after) return { cluster_name: cluster.name, ...nodeStatus(node, 'stopped', false) };
    await call.note('start');
    await cluster.lan.define();
    await node.power.start();
    if (wait_for_ssh) await node.guest.ready(ssh_timeout_s * 1000);
    return {
      cluster_name: cluster.name,
      ...nodeStatus(node, 'running', wait_for_ssh || (await node.guest.reachable())),
    };
  },
  /** Once it was started again it is not cut a second time. */
  async recover({ cluster }, { restart_after }, notes) {
    const node = only(cluster.nodes);
    const restarted = notes.some(({ step }) => step === 'start');
    if (!restarted && notes.length > 0 && on(node)) await node.power.cut();
    if (restart_after && notes.length > 0) {
      await cluster.lan.define();
      await node.power.start();
    }
    return notes.length > 0 ? 'finished' : 'undone';
  },
});

function only<N>(nodes: readonly N[]): N {
  const [node] = nodes;
  if (!node) throw new LabError('INTERNAL', 'A node was selected, and there is none.');
  return node;
}
