import { LabError } from '../../sdk/index.ts';
import type { Lab } from '../lab.ts';
import { toolsFor } from '../tools.ts';
import { type Found, passed, type Request } from './steps.ts';

/**
 * The operation behind a tool's name. It is looked up among the caller's own tools, so that one which is hidden and one which never
 * was are the same: in words, in the log and in time.
 */
export function find(lab: Lab, request: Request): Found {
  request.signal.throwIfAborted();
  const entry = toolsFor(lab, request).get(request.tool);
  if (!entry) throw new LabError('NOT_FOUND', `There is no tool "${request.tool}".`);
  return passed<Found>({ ...entry, request });
}
