import { operation, type VmHandle, z } from 'labwarden/sdk';
import { each } from './each.ts';
import { clusterStatus } from './fields.ts';
import { settled } from './status.ts';
import { on } from './stop.ts';

const removeOverlays = z
  .boolean()
  .default(false)
  .describe('Delete the disks too. Without it they are kept, and used again when the cluster is defined again.');

type Node = VmHandle<'define' | 'power', never, 'destroy'>;

export const clusterDestroy = operation({
  name: 'cluster_destroy',
  summary: 'Take a cluster away: VMs and network, and the disks only when told so.',
  on: { cluster: { type: 'cluster', from: 'cluster_name', action: 'destroy', ends: true, trashed: true } },
  requires: ['define', 'power', 'lan'],
  effect: 'destroy',
  input: z.object({ remove_overlays: removeOverlays }),
  output: clusterStatus,
  async preview({ cluster }, { remove_overlays }) {
    const running = cluster.nodes.filter(on).map(({ name }) => name);
    const gb = cluster.nodes.reduce((sum, { diskGb }) => sum + diskGb, 0);
    const disks = remove_overlays
      ? `Its disks (${counted(cluster.nodes.length, 'overlay')} and all extra ones, up to ${gb} GB) are deleted for good.`
      : 'Its disks are kept; cluster_define uses them again.';
    const stops =
      running.length > 0
        ? [`${running.join(', ')} ${running.length === 1 ? 'stops' : 'stop'} at once; what was not written is lost.`]
        : [];
    return {
      summary: `Destroy cluster "${cluster.name}" of ${cluster.owner} with ${counted(cluster.nodes.length, 'node')}.`,
      effects: [...stops, 'Its VM definitions and its network are removed.', disks],
    };
  },
  async run({ cluster }, { remove_overlays }) {
    await each('Destroying', cluster.nodes, (node) => end(node, remove_overlays));
    await cluster.lan.remove();
    return { ...settled(cluster.name, cluster.nodes, 'absent', false), network_active: false };
  },
  /** A person said yes to it, so it is brought to its end. */
  async recover({ cluster }, { remove_overlays }) {
    await each('Destroying', cluster.nodes, (node) => end(node, remove_overlays));
    await cluster.lan.remove();
    return 'finished';
  },
});

async function end(node: Node, removeOverlays: boolean): Promise<void> {
  if (on(node)) await node.power.cut();
  await (removeOverlays ? node.define.erase() : node.define.remove());
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
