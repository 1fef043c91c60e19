import { LabError, operation, type VmState, z } from 'labwarden/sdk';

export const clusterTrash = operation({
  name: 'cluster_trash',
  summary: 'Put a stopped cluster into the trash, from where cluster_restore brings it back until it is purged.',
  on: { cluster: { type: 'cluster', from: 'cluster_name', action: 'trash' } },
  requires: ['trash', 'lan'],
  effect: 'change',
  idempotent: true,
  input: z.object({}),
  output: z.object({ cluster_name: z.string(), purge_at: z.string().describe('When it is gone for good.') }),
  async run({ cluster }) {
    const on = cluster.nodes.filter(isOn).map(({ name, state }) => `${name} is ${state}`);
    if (on.length > 0)
      throw new LabError('CONFLICT', `Cluster "${cluster.name}" is not stopped: ${on.join(', ')}. cluster_stop first.`);
    const { purgeAt } = await cluster.trash.put();
    await cluster.lan.remove();
    return { cluster_name: cluster.name, purge_at: purgeAt };
  },
  /** Its machines were stopped, and what is in the trash is not started. */
  async recover({ cluster }) {
    if (cluster.nodes.some(isOn)) return 'undone';
    await cluster.trash.put();
    await cluster.lan.remove();
    return 'finished';
  },
});

export const clusterRestore = operation({
  name: 'cluster_restore',
  summary: 'Bring a cluster back from the trash, stopped, as it was.',
  on: { cluster: { type: 'cluster', from: 'cluster_name', action: 'restore', trashed: true } },
  requires: ['trash'],
  effect: 'change',
  idempotent: true,
  input: z.object({}),
  output: z.object({ cluster_name: z.string() }),
  async run({ cluster }) {
    if (cluster.trashedAt === undefined)
      throw new LabError('CONFLICT', `Cluster "${cluster.name}" does not lie in the trash.`);
    await cluster.trash.restore();
    return { cluster_name: cluster.name };
  },
  async recover({ cluster }) {
    await cluster.trash.restore();
    return 'finished';
  },
});

const isOn = ({ state }: { readonly state: VmState }): boolean =>
  state === 'running' || state === 'paused' || state === 'failed';
