import { LabError } from '../../sdk/index.ts';

/** Without the line end after it. */
export const mostBytes: number = 64 * 1024;

/** Of what went wrong only what is known to hold nothing of the secret. */
export const notThere = (name: string, why: string): LabError =>
  new LabError('PROVIDER_FAILED', `The secret "${name}" cannot be read: ${why}.`, { details: { secret: name } });
