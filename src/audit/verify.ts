import { existsSync } from 'node:fs';
import { LabError } from '../sdk/index.ts';
import type { AuditRecord } from './entry.ts';
import { beginning, follow, followFiles } from './follow.ts';
import { closes } from './intents.ts';
import type { Problem } from './judge.ts';
import { unseal } from './line.ts';
import { segmentNames } from './segments.ts';
import type { Place, Torn } from './torn.ts';

export interface Report {
  readonly ok: boolean;
  /** 0 ok; 1 tampered; 2 ends in a torn line that no start has recovered yet; 3 records or files are missing. */
  readonly exitCode: 0 | 1 | 2 | 3;
  /** Those that match their own hash. */
  readonly records: number;
  readonly files: number;
  readonly firstSeq?: number;
  readonly lastSeq?: number;
  /** Whether the last run ended as it should. False also while it runs, and when records were cut off the end. */
  readonly closed: boolean;
  /** Starts that found the run before had not ended as it should. */
  readonly recoveries: number;
  /** The first hundred. */
  readonly problems: readonly Problem[];
  readonly torn?: Torn;
}

export interface VerifyOptions {
  onRecord?(record: AuditRecord, place: Place): void;
}

/** Reads the whole log, byte by byte. Throws NOT_FOUND when there is none. */
export async function verifyAudit(dir: string, options: VerifyOptions = {}): Promise<Report> {
  const names = existsSync(dir) ? segmentNames(dir) : [];
  if (names.length === 0) throw new LabError('NOT_FOUND', `There is no audit log in "${dir}".`);
  const { chain, report } = verifier(options);
  await followFiles(chain, dir, names);
  return { ...report(), files: names.length };
}

/** A follower that takes notes. */
export function verifier({ onRecord }: VerifyOptions = {}) {
  const problems: Problem[] = [];
  let records = 0;
  let recoveries = 0;
  let closed = false;
  let firstSeq: number | undefined;

  function record(seen: AuditRecord, place: Place): void {
    firstSeq ??= seen.seq;
    records += 1;
    recoveries += seen.kind === 'recovery' ? 1 : 0;
    closed = closes(seen);
    onRecord?.(seen, place);
  }

  function problem(found: Problem): void {
    if (problems.length < 100) problems.push(found);
  }

  const chain = follow({ read: unseal, record, problem }, beginning);
  const report = (): Omit<Report, 'files'> => {
    const { tail } = chain;
    const exitCode = exitOf(problems, tail !== undefined);
    const range = firstSeq === undefined ? {} : { firstSeq, lastSeq: chain.last?.seq ?? firstSeq };
    const facts = { records, ...range, recoveries, closed: closed && !tail };
    return { ok: exitCode === 0, exitCode, ...facts, problems, ...(tail && { torn: tail }) };
  };
  return { chain, report };
}

function exitOf(problems: readonly Problem[], torn: boolean): Report['exitCode'] {
  if (problems.some(({ kind }) => kind === 'tampered')) return 1;
  if (problems.length > 0) return 3;
  return torn ? 2 : 0;
}
