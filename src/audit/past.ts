import { LabError } from '../sdk/index.ts';
import type { AuditRecord } from './entry.ts';
import { beginning, follow, followFiles } from './follow.ts';
import { closes, type Intents, intents } from './intents.ts';
import type { Link, Problem } from './judge.ts';
import { segmentNames, segmentNumber } from './segments.ts';
import { measure } from './torn.ts';

/** Where earlier runs left the log. */
export interface Past {
  readonly last: Link;
  /** Number of the newest file; 0 when there is none. */
  readonly file: number;
  readonly intents: Intents;
  /** The newest file must get a `recovery` record before anything else. */
  readonly recover?: Recovery;
}

export interface Recovery {
  /** Whether the file ends in the middle of a line. */
  readonly midLine: boolean;
  readonly tornBytes: number;
  readonly sha256: string;
  readonly lastGoodSeq: number;
}

/**
 * Reads the newest file, and older ones only when a crash left nothing in it that says where the chain stands.
 * Throws AUDIT_UNAVAILABLE when it cannot be read, or is not as labwarden wrote it; then the sentence names the record.
 */
export async function readPast(dir: string): Promise<Past> {
  const names = segmentNames(dir);
  for (let first = names.length - 1; first >= 0; first -= 1) {
    const read = await readFrom(dir, names.slice(first), first === 0 ? beginning : undefined);
    if (read.last) return { ...read, last: read.last, file: segmentNumber(names.at(-1) ?? '') };
  }
  return { last: beginning, file: 0, intents: intents() };
}

async function readFrom(dir: string, names: readonly string[], from: Link | undefined) {
  const known = intents();
  let closed = false;
  const record = (seen: AuditRecord) => {
    known.see(seen);
    closed = closes(seen);
  };
  const chain = follow({ record, problem: (problem) => refuse(dir, problem) }, from);
  await followFiles(chain, dir, names);
  const { last, tail, midLine } = chain;
  if (closed && !tail) return { last, intents: known };
  const { bytes: tornBytes, sha256 } = tail ?? measure(undefined);
  return { last, intents: known, recover: { midLine, tornBytes, sha256, lastGoodSeq: last?.seq ?? -1 } };
}

function refuse(dir: string, { what, ...details }: Problem): never {
  const say = `The audit log in "${dir}" is not as labwarden wrote it. ${what} See: labwarden audit verify`;
  throw new LabError('AUDIT_UNAVAILABLE', say, { details });
}
