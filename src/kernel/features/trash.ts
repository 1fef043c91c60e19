import { type AtNetwork, LabError, type Trash } from '../../sdk/index.ts';
import type { Lab } from '../lab.ts';

/** What lies in the trash keeps its name, its disks and its place in every count. */
export const trash = ({ state, limits, now }: Lab): Trash => ({
  async put({ cluster }: AtNetwork) {
    if (limits.trashMs === 0)
      throw new LabError(
        'UNSUPPORTED',
        'This lab keeps no trash (leases.trash_h is 0): cluster_destroy ends a cluster.',
      );
    const lies = await state.tenure(cluster.id);
    if (lies?.purgeAt !== undefined) return { purgeAt: lies.purgeAt };
    const at = now();
    const purgeAt = new Date(at.getTime() + limits.trashMs).toISOString();
    await state.setTenure(cluster.id, { trashedAt: at.toISOString(), purgeAt });
    await state.durable();
    return { purgeAt };
  },
  async restore({ cluster }: AtNetwork) {
    // Its owner has the time of grace again to extend it.
    await state.setTenure(cluster.id, { trashedAt: undefined, purgeAt: undefined, stageAt: now().toISOString() });
    await state.durable();
  },
});
