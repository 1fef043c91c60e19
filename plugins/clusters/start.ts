import { LabError, operation, type VmState, z } from 'labwarden/sdk';
import { each } from './each.ts';
import { clusterStatus, sshTimeoutS, waitForSsh } from './fields.ts';
import { nodeStatus, nodeStatuses } from './status.ts';

export const clusterStart = operation({
  name: 'cluster_start',
  summary: 'Boot every stopped node of a cluster and wait until SSH answers on all of them.',
  on: { cluster: { type: 'cluster', from: 'cluster_name', action: 'start', runs: true } },
  requires: ['power', 'lan', 'guest'],
  effect: 'change',
  idempotent: true,
  input: z.object({ wait_for_ssh: waitForSsh, ssh_timeout_s: sshTimeoutS }),
  output: clusterStatus,
  async run({ cluster, call }, { wait_for_ssh, ssh_timeout_s }) {
    startable(cluster.nodes);
    const still = cluster.nodes.filter(isStill);
    await cluster.lan.define();
    await each('Starting', still, (node) => node.power.start());
    const ready = progress(cluster.nodes.length, 'nodes let us in over SSH', call.progress);
    if (wait_for_ssh)
      await each('Waiting for SSH', cluster.nodes, (node) => node.guest.ready(ssh_timeout_s * 1000).then(ready));
    const running = cluster.nodes.map((node) => ({ ...node, state: 'running' as const }));
    return {
      cluster_name: cluster.name,
      network_active: await cluster.lan.active(),
      nodes: wait_for_ssh ? running.map((node) => nodeStatus(node, 'running', true)) : await nodeStatuses(running),
    };
  },
  /** Whoever asked wanted it to run. */
  async recover({ cluster }) {
    await cluster.lan.define();
    await each('Starting', cluster.nodes.filter(isStill), (node) => node.power.start());
    return 'finished';
  },
});

const isStill = ({ state }: { readonly state: VmState }): boolean => state === 'stopped' || state === 'paused';

/** A node that is neither stopped nor running needs something else first; say what, before any other one is started. */
export function startable(nodes: readonly { readonly name: string; readonly state: VmState }[]): void {
  const bad = nodes.find(({ state }) => state !== 'running' && !isStill({ state }));
  if (!bad) return;
  const first: Partial<Record<VmState, string>> = {
    absent: 'the hypervisor does not know it; cluster_define makes it again',
    failed: 'it crashed; cut its power with node_crash, or cluster_stop with mode "destroy"',
  };
  throw new LabError('CONFLICT', `Node "${bad.name}" cannot be started: ${first[bad.state] ?? `it is ${bad.state}`}.`, {
    details: { node: bad.name, state: bad.state },
  });
}

/** Counts up to a total, and says so each time. */
function progress(
  total: number,
  what: string,
  say: (progress: { done: number; total: number; message: string }) => void,
) {
  let done = 0;
  return () => {
    done += 1;
    say({ done, total, message: `${done} of ${total} ${what}` });
  };
}
