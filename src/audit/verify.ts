import { existsSync } from 'node:fs';
import { LabError } from '../sdk/index.ts';
import type { AuditRecord, Glimpse } from './entry.ts';
import { beginning, type Follower, follow, followFiles } from './follow.ts';
import { glance } from './glance.ts';
import { closes } from './intents.ts';
import type { Problem } from './judge.ts';
import { type Flaw, unseal } from './line.ts';
import type { Verifier } from './note.ts';
import { segmentNames } from './segments.ts';
import type { Place, Torn } from './torn.ts';
import { trail } from './trail.ts';
import { trust } from './trust.ts';
import { type Kept, witness } from './witness.ts';

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
  /** Signed checkpoints that agree with the records; `undefined` when nobody looked. */
  readonly checkpoints?: number;
  /** The key that signed the latest of them. Only a key that was given from outside proves who signed. */
  readonly key?: string;
  /** The first hundred. */
  readonly problems: readonly Problem[];
  readonly torn?: Torn;
}

export interface VerifyOptions {
  onRecord?(record: AuditRecord, place: Place): void;
  /** Told of every problem as it is found. */
  onProblem?(problem: Problem): void;
  /** Public keys that count; without any the log's own word is taken. */
  readonly keys?: readonly Verifier[];
  /** Notes that were kept elsewhere. */
  readonly kept?: readonly Kept[];
}

/** Reads the whole log, byte by byte, and every record in it. Throws NOT_FOUND when there is none. */
export const verifyAudit = (dir: string, options: VerifyOptions = {}): Promise<Report> =>
  verdictOn(dir, verifier(options));

/** As `verifyAudit`, without parsing records; checkpoints are looked at when keys or notes are there to judge them by. */
export const verifyFast = (dir: string, options: Omit<VerifyOptions, 'onRecord'> = {}): Promise<Report> =>
  verdictOn(dir, fastVerifier(options));

async function verdictOn(dir: string, { chain, report }: Verifying): Promise<Report> {
  const names = existsSync(dir) ? segmentNames(dir) : [];
  if (names.length === 0) throw new LabError('NOT_FOUND', `There is no audit log in "${dir}".`);
  await followFiles(chain, dir, names);
  return { ...report(), files: names.length };
}

/** A follower that takes notes. */
export interface Verifying {
  readonly chain: Follower;
  report(): Omit<Report, 'files'>;
}

export function verifier({ onRecord = () => {}, ...options }: VerifyOptions = {}): Verifying {
  return verifying({ ...options, read: unseal, onRecord, looks: true });
}

export function fastVerifier(options: Omit<VerifyOptions, 'onRecord'> = {}): Verifying {
  const looks = [...(options.keys ?? []), ...(options.kept ?? [])].length > 0;
  return verifying({ ...options, read: glance, onRecord() {}, looks });
}

interface How<R extends Glimpse> extends Omit<VerifyOptions, 'onRecord'> {
  read(line: Buffer): R | Flaw;
  onRecord(record: R, place: Place): void;
  readonly looks: boolean;
}

function verifying<R extends Glimpse>(how: How<R>): Verifying {
  const { read, onRecord, onProblem, looks, keys = [], kept = [] } = how;
  const problems: Problem[] = [];
  const count = { records: 0, recoveries: 0 };
  let closed = false;
  let firstSeq: number | undefined;
  let checkpoints = 0;
  const signers = trust(keys);
  const others = witness(kept);
  const path = trail({
    passes: others.passes,
    checkpoint(note) {
      checkpoints += 1;
      return signers.checkpoint(note);
    },
  });

  function record(seen: R, place: Place, line: Uint8Array): void {
    firstSeq ??= seen.seq;
    count.records += 1;
    count.recoveries += seen.kind === 'recovery' ? 1 : 0;
    closed = closes(seen);
    const wrong = looks ? (begins(seen) ?? path.record(seen, line)) : undefined;
    if (wrong) problem({ ...place, seq: seen.seq, kind: 'tampered', what: `Record ${seen.seq} ${wrong}.` });
    onRecord(seen, place);
  }

  const begins = (seen: R) => (seen.kind === 'genesis' || seen.kind === 'segment' ? signers.begins(seen) : undefined);

  function problem(found: Problem): void {
    onProblem?.(found);
    if (problems.length < 100) problems.push(found);
  }

  const chain = follow<R>({ read, record, problem }, beginning);
  const report = (): Omit<Report, 'files'> => {
    const { tail } = chain;
    const all = [...problems, ...others.verdict(path.tree, signers)];
    const exitCode = exitOf(all, tail !== undefined);
    const range = firstSeq === undefined ? {} : { firstSeq, lastSeq: chain.last?.seq ?? firstSeq };
    const signed = looks ? { checkpoints, ...(signers.key !== undefined && { key: signers.key }) } : {};
    const facts = { ...count, ...range, closed: closed && !tail, ...signed };
    return { ok: exitCode === 0, exitCode, ...facts, problems: all, ...(tail && { torn: tail }) };
  };
  return { chain, report };
}

function exitOf(problems: readonly Problem[], torn: boolean): Report['exitCode'] {
  if (problems.some(({ kind }) => kind === 'tampered')) return 1;
  if (problems.length > 0) return 3;
  return torn ? 2 : 0;
}
