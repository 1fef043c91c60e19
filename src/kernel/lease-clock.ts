import type { State } from '../state/index.ts';
import { movedMs, type Sample } from './clock.ts';
import { shifted } from './lease-steps.ts';

/**
 * When somebody has moved the clock since it was last looked at, every lease moves with it: it lasts as long as it would have.
 * Answers by how much.
 */
export async function setRight(state: State, now: Sample): Promise<number> {
  const cabinet = state.cabinet('kernel');
  const before = (await cabinet.get('clock')) as Sample | undefined;
  const moved = before ? movedMs(before, now) : 0;
  if (moved !== 0)
    for (const tenure of await state.tenures())
      await state.setTenure(tenure.clusterId, shifted(tenure, moved), tenure.expiresAt);
  await cabinet.set('clock', now);
  return moved;
}
