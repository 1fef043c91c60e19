import { LabError } from '../sdk/index.ts';
import type { AuditRecord } from './entry.ts';
import { beginning, follow, followFiles } from './follow.ts';
import { closes, type Intents, intents } from './intents.ts';
import type { Link, Problem } from './judge.ts';
import { unseal } from './line.ts';
import { signedBy, verifierOf } from './note.ts';
import { segmentNames, segmentNumber } from './segments.ts';
import { measure, type Place } from './torn.ts';
import { trail } from './trail.ts';
import { type Tree, treeFrom } from './tree.ts';

/** Where earlier runs left the log. */
export interface Past {
  readonly last: Link;
  /** Number of the newest file; 0 when there is none. */
  readonly file: number;
  readonly intents: Intents;
  readonly tree: Tree;
  /** What the log is called; `undefined` before it has a name. */
  readonly log: string | undefined;
  /** The public key that signed the latest checkpoint. */
  readonly key: string | undefined;
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
 * Reads the newest file, and older ones only when a crash left nothing in it that says where the chain and the tree stand.
 * Throws AUDIT_UNAVAILABLE when it cannot be read, or is not as labwarden wrote it; then the sentence names the record.
 */
export async function readPast(dir: string): Promise<Past> {
  const names = segmentNames(dir);
  const file = segmentNumber(names.at(-1) ?? '0');
  for (let first = names.length - 1; first >= 0; first -= 1) {
    const { last, tree, ...read } = await readFrom(
      dir,
      names.slice(first),
      isFirst(names[first]) ? beginning : undefined,
    );
    if (last && tree) return { ...read, last, file, tree };
    if (last && last.seq < 0) return { ...read, last, file, tree: treeFrom() };
  }
  if (names.length === 0)
    return { last: beginning, file: 0, intents: intents(), tree: treeFrom(), log: undefined, key: undefined };
  const what = 'Nothing in it says what the tree of its records was: bring its older files back.';
  return refuse(dir, { file: names[0] ?? '', line: 1, kind: 'gap', what });
}

/** Older files may have been moved to an archive. */
const isFirst = (name = ''): boolean => segmentNumber(name) === 1;

async function readFrom(dir: string, names: readonly string[], from: Link | undefined) {
  const known = intents();
  let closed = false;
  let log: string | undefined;
  let key: string | undefined;
  const path = trail({
    checkpoint: (note) =>
      key && signedBy(note, verifierOf(key)) ? undefined : 'carries a checkpoint that none of its own keys signed',
  });
  const problem = (found: Problem) => refuse(dir, found);
  const record = (seen: AuditRecord, place: Place, line: Uint8Array) => {
    known.see(seen);
    closed = closes(seen);
    ({ log = log, key = key } = Object(seen.kind === 'genesis' || seen.kind === 'segment' ? seen.data : undefined));
    const what = path.record(seen, line);
    if (what) problem({ ...place, seq: seen.seq, kind: 'tampered', what: `Record ${seen.seq} ${what}.` });
  };
  const chain = follow({ read: unseal, record, problem }, from);
  await followFiles(chain, dir, names);
  const { last, tail, midLine } = chain;
  const found = { last, tree: path.tree, intents: known, log, key };
  if (closed && !tail) return found;
  const { bytes: tornBytes, sha256 } = tail ?? measure(undefined);
  return { ...found, recover: { midLine, tornBytes, sha256, lastGoodSeq: last?.seq ?? -1 } };
}

function refuse(dir: string, { what, ...details }: Problem): never {
  const say = `The audit log in "${dir}" is not as labwarden wrote it. ${what} See: labwarden audit verify`;
  throw new LabError('AUDIT_UNAVAILABLE', say, { details });
}
