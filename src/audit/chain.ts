import { LabError } from '../sdk/index.ts';
import type { Checkpoint, Checkpoints } from './checkpoints.ts';
import type { AuditEntry } from './entry.ts';
import { type Intents, mostOpen } from './intents.ts';
import { canonical } from './json.ts';
import type { Link } from './judge.ts';
import { seal } from './line.ts';
import type { Recovery } from './past.ts';

/** A record on its way to the disk. */
export interface Chained {
  readonly file: number;
  readonly seq: number;
  readonly line: string;
  /** The signed note that it carries. */
  readonly note?: string;
}

export interface Chain {
  /** The next record, behind what has to stand before it. Throws, and chains nothing, when it may not be written. */
  add(entry: AuditEntry): readonly Chained[];
  /** The first record of the next file. */
  turn(): Chained;
  /** Signs for all until now. */
  point(): Chained;
  /** Whether there is anything to sign for. */
  readonly news: boolean;
  /** Goes to the newest file there is. */
  recover(recovery: Recovery): Chained;
  /** The last record of a run that ends as it should. */
  close(): readonly Chained[];
}

export interface ChainStart {
  readonly last: Link;
  readonly file: number;
  readonly intents: Intents;
}

export interface ChainOptions {
  readonly now: () => Date;
  /** What the first record of every file says. */
  readonly begins: object;
  readonly segmentBytes: number;
  readonly checkpoints: Checkpoints;
  /** A checkpoint follows after so many records. */
  readonly checkpointEvery: number;
}

/** Puts entries in order, each bound to the one before. */
export function chain({ last, file, intents }: ChainStart, options: ChainOptions): Chain {
  const { now, begins, segmentBytes, checkpoints, checkpointEvery } = options;
  let bytes = 0;
  const time = written();

  function link(entry: AuditEntry): Chained {
    const seq = last.seq + 1;
    const sealed = seal(entry, { seq, t: time(now()), prev: last.h });
    last = { seq, h: sealed.h };
    bytes += sealed.bytes;
    intents.see(entry);
    checkpoints.see(sealed.line.slice(0, -1));
    return { file, seq, line: sealed.line };
  }

  function signed(entry: AuditEntry): Chained {
    const checkpoint: Checkpoint = checkpoints.sign();
    return { ...link({ ...entry, data: { ...entry.data, checkpoint } }), note: checkpoint.note };
  }

  function turn(): Chained {
    const first = last.seq < 0;
    file += 1;
    bytes = 0;
    const data = { format: 'labaudit/v1', file, ...begins, open: [...intents.open] };
    return first ? link({ kind: 'genesis', data }) : signed({ kind: 'segment', data });
  }

  const point = (): Chained => signed({ kind: 'checkpoint' });

  /** What has to stand before the next record. */
  function before(entry: AuditEntry): readonly Chained[] {
    const full = bytes >= segmentBytes;
    if (!full && checkpoints.news < checkpointEvery) return [];
    // What is no JSON throws here, before anything is begun for it.
    canonical(entry);
    return [full ? turn() : point()];
  }

  function add(entry: AuditEntry): readonly Chained[] {
    check(entry, intents.open);
    return [...before(entry), link(entry)];
  }

  return {
    add,
    turn,
    point,
    get news() {
      // The latest checkpoint itself is none.
      return checkpoints.news > 1;
    },
    close: () => [
      ...(bytes >= segmentBytes ? [turn()] : []),
      signed({ kind: 'checkpoint', data: { closed: true, open: [...intents.open] } }),
    ],
    recover({ midLine, ...torn }) {
      const { line, ...rest } = link({ kind: 'recovery', data: { ...torn, open: [...intents.open] } });
      return { ...rest, line: midLine ? `\n${line}` : line };
    },
  };
}

/** A batch shares its milliseconds, and writing out a time costs as much as hashing its record. */
function written(): (time: Date) => string {
  let latest = { ms: Number.NaN, text: '' };
  return (time) => {
    const ms = time.getTime();
    if (ms !== latest.ms) latest = { ms, text: time.toISOString() };
    return latest.text;
  };
}

function check({ kind, op }: AuditEntry, open: ReadonlySet<string>): void {
  const needsOp = kind === 'intent' || kind === 'outcome';
  if (op === undefined ? needsOp : !/^[\w.:-]{1,64}$/.test(op))
    throw new LabError('INTERNAL', `"${op}" cannot be the id of a call in the audit log.`);
  if (kind === 'intent' && open.size >= mostOpen && !open.has(op ?? ''))
    throw new LabError('LIMIT_EXCEEDED', `${mostOpen} changes are under way already. Wait for one to end.`);
}
