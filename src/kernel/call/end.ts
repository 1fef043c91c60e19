import { setTimeout as pause } from 'node:timers/promises';
import type { Settlement } from '../../state/index.ts';
import type { Lab } from '../lab.ts';

/** A disk that is full or busy for a moment costs no outcome. */
const againAfterMs = [50, 200, 800];

/** Writes the end of a call into the state, and tries again for a while. One that cannot be written is known until this server stops. */
export async function end(lab: Lab, call: string, settlement: Settlement): Promise<void> {
  for (const waitMs of againAfterMs) {
    const written = await lab.state.settle(call, settlement).then(
      () => true,
      () => false,
    );
    if (written) return;
    await pause(waitMs);
  }
  try {
    await lab.state.settle(call, settlement);
  } catch (reason) {
    lab.jobs.remember(call, settlement);
    throw reason;
  }
}
