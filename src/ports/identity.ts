import type { Identity, ProcessRecord } from './process-record.ts';
import type { Witness } from './witness.ts';
import { procWitness } from './witness-proc.ts';
import { darwinBootId, psWitness } from './witness-ps.ts';

export const witness: Witness = process.platform === 'linux' ? procWitness : psWitness(darwinBootId);

/**
 * The program of this record, if it runs: same boot, same start, and our token in its environment. Where the system hides the
 * environment, its words must be those that were seen when it started.
 */
export function proven(record: ProcessRecord, by: Witness = witness): Identity | undefined {
  const { running } = record;
  if (!running || record.bootId !== by.bootId() || by.startTime(running.pid) !== running.startTime) return undefined;
  const token = by.token(running.pid);
  const ours = token === undefined ? by.argvDigest(running.pid) === record.argvDigest : token === record.token;
  return ours ? running : undefined;
}

/** The program of a record that a crash left between the start and the note of its pid. Only the token proves it. */
export function orphan(record: ProcessRecord, by: Witness = witness): Identity | undefined {
  if (record.bootId !== by.bootId()) return undefined;
  const pid = by.leaders().find((leader) => by.token(leader) === record.token);
  const startTime = pid === undefined ? undefined : by.startTime(pid);
  return pid === undefined || startTime === undefined ? undefined : { pid, startTime };
}
