import { type Call, LabError, type Principal } from '../../sdk/index.ts';
import { callerOf } from '../calls.ts';

/** Whoever's limits count, and whose part it is. */
export function callerFor(call: Call): Principal {
  const caller = callerOf(call);
  if (caller) return caller;
  throw new LabError('INTERNAL', 'A feature of the kernel was used by nobody.');
}
