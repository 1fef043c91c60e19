import { type ClusterHandle, LabError, operation, z } from 'labwarden/sdk';
import { each } from './each.ts';
import { clusterStatus } from './fields.ts';
import { nodeStatuses } from './status.ts';

export const clusterDefine = operation({
  name: 'cluster_define',
  summary:
    'Make a cluster from a topology file: its network, disks and VMs, all stopped. Asking again changes nothing.',
  on: {},
  creates: { cluster: { type: 'cluster', from: 'topology_name' } },
  requires: ['define', 'lan', 'guest'],
  effect: 'change',
  idempotent: true,
  input: z.object({}),
  output: clusterStatus,
  async run({ cluster, call }) {
    const missing = cluster.nodes.filter(({ state }) => state === 'absent');
    await call.note('define', { nodes: missing.map(({ name }) => name) });
    try {
      await cluster.lan.define();
      await each('Defining', missing, (node) => node.define.create());
    } catch (reason) {
      // Once it was stopped our hands are dead; then the kernel has it undone by `recover`.
      if (call.signal.aborted) throw reason;
      throw await undo(cluster, missing).then(
        () => reason,
        (left: unknown) => both(reason, left),
      );
    }
    const made = new Set(missing);
    const nodes = cluster.nodes.map((node) => (made.has(node) ? { ...node, state: 'stopped' as const } : node));
    return { cluster_name: cluster.name, network_active: await cluster.lan.active(), nodes: await nodeStatuses(nodes) };
  },
  /** Nobody was told that it exists, so it shall not. */
  async recover({ cluster }, _, [note]) {
    const begun = new Set(Array.isArray(note?.data['nodes']) ? note.data['nodes'] : []);
    await undo(
      cluster,
      cluster.nodes.filter(({ name }) => begun.has(name)),
    );
    return 'undone';
  },
});

type Defined = ClusterHandle<'define' | 'lan', never, 'change'>;

/** Takes back these nodes, and then the network when no others are on it. */
async function undo({ lan, nodes }: Defined, made: Defined['nodes']): Promise<void> {
  await each('Undoing', made, (node) => node.define.discard());
  if (made.length === nodes.length) await lan.remove();
}

function both(reason: unknown, left: unknown): LabError {
  const { code, message, details } = LabError.of(reason);
  const rest = `Not all of it could be taken back: ${LabError.of(left).message} cluster_destroy takes it away.`;
  return new LabError(code, `${message} ${rest}`, { details, cause: reason });
}
