import { LabError } from '../../sdk/index.ts';
import type { Lab } from '../lab.ts';
import { maySee } from '../may-see.ts';
import { type Found, passed, type Request } from './steps.ts';

/** The operation behind a tool's name. One that this principal could never use is not there. */
export function find({ operations, policy }: Lab, request: Request): Found {
  request.signal.throwIfAborted();
  const entry = operations.get(request.tool);
  if (!entry || !maySee(policy, request.principal, entry.operation))
    throw new LabError('NOT_FOUND', `There is no tool "${request.tool}".`);
  return passed<Found>({ ...entry, request });
}
