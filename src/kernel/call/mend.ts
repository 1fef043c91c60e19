import { running } from '../calls.ts';
import type { Lab } from '../lab.ts';
import { unlessLate } from '../unless-late.ts';
import type { Bound } from './steps.ts';

/**
 * Lets the plugin finish or undo what a call had begun, from its notes and with the world as it is now. Its hands reach
 * `destroy`, because undoing is taking away. `undefined` when the operation cannot.
 */
export async function mend(lab: Lab, { operation, request, hold, input }: Bound, stop: AbortSignal) {
  using call = running(lab, request, 'destroy', stop);
  const mended = operation.recover?.(hold(call, 'destroy'), input, await lab.state.notes(request.id));
  return mended && (await unlessLate(mended, call.signal, lab.limits.stopGraceMs));
}
