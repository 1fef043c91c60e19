import { LabError } from '../sdk/index.ts';
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
}

export interface Chain {
  /** The next record, behind the first record of a new file when the old one is full. Throws, and chains nothing, when it may not be written. */
  add(entry: AuditEntry): readonly Chained[];
  /** The first record of the next file. */
  turn(): Chained;
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
  readonly boot: object;
  readonly segmentBytes: number;
}

/** Puts entries in order, each bound to the one before. */
export function chain({ last, file, intents }: ChainStart, { now, boot, segmentBytes }: ChainOptions): Chain {
  let bytes = 0;
  const time = written();

  function link(entry: AuditEntry): Chained {
    const seq = last.seq + 1;
    const sealed = seal(entry, { seq, t: time(now()), prev: last.h });
    last = { seq, h: sealed.h };
    bytes += sealed.bytes;
    intents.see(entry);
    return { file, seq, line: sealed.line };
  }

  function turn(): Chained {
    const kind = last.seq < 0 ? 'genesis' : 'segment';
    file += 1;
    bytes = 0;
    return link({ kind, data: { format: 'labaudit/v1', file, open: [...intents.open], boot } });
  }

  function add(entry: AuditEntry): readonly Chained[] {
    check(entry, intents.open);
    if (bytes < segmentBytes) return [link(entry)];
    // What is no JSON throws here, before a file is begun for it.
    canonical(entry);
    return [turn(), link(entry)];
  }

  return {
    add,
    turn,
    close: () => add({ kind: 'checkpoint', data: { closed: true, open: [...intents.open] } }),
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
