import { byHand } from './support/by-hand.ts';
import { guestLab } from './support/guest-lab.ts';
import { byTurns, timed } from './support/rounds.ts';
import { print, type Row, row } from './support/table.ts';

/** Three guests from nothing to the first SSH login: a cluster of ours, and three QEMUs by hand. */
export async function cluster(): Promise<readonly Row[]> {
  await using lab = await guestLab({ trio: 3 });
  const ours = async () => {
    const ms = await timed(async () => {
      await lab.client.done('cluster_define', { topology_name: 'trio' });
      await lab.client.done('cluster_start', { cluster_name: 'trio' });
    });
    await lab.destroy('trio');
    return ms;
  };
  const bare = async () => {
    const began = performance.now();
    await using _guests = await byHand(lab.dir, 3);
    return performance.now() - began;
  };
  const what = 'a cluster of three, to SSH';
  return [row(await byTurns(2, { bare, ours }, 0), { what, floor: 'bare', ours: 'ours', target: '≤ 1.25×' })];
}

if (import.meta.main) print(await cluster());
