import { join } from 'node:path';
import type { Glimpse } from './entry.ts';
import { judge, type Link, type Problem, spoiltLine } from './judge.ts';
import { type Flaw, zeros } from './line.ts';
import { type Line, readLines } from './lines.ts';
import { type Damage, measure, type Place, type Torn, tear } from './torn.ts';

export interface Follower {
  /** The lines that come now are of this file. */
  file(name: string): void;
  lines(lines: readonly Line[]): void;
  readonly last: Link | undefined;
  /** What ends the log without being a record. */
  readonly tail: Torn | undefined;
  /** Whether the newest file lacks its last newline. */
  readonly midLine: boolean;
}

export interface Listener<R extends Glimpse> {
  /** `unseal`, or `glance` when where it stands is all that matters. */
  read(line: Buffer): R | Flaw;
  /** Every record that matches its own hash, in the order of the files, and its line without the newline. */
  record(record: R, place: Place, line: Uint8Array): void;
  problem(problem: Problem): void;
}

/** What the first record of all follows. */
export const beginning: Link = { seq: -1, h: zeros };

/** Follows the chain line by line. Without `from`, the first record may follow anything. */
export function follow<R extends Glimpse>(listener: Listener<R>, from?: Link): Follower {
  let place: Place = { file: '', line: 0 };
  let midLine = false;
  let last = from;
  let torn: Damage | undefined;
  let spoilt = 0;

  function take(line: Line): void {
    const found = line.endless ? { flaw: 'is endless', cut: false } : listener.read(line.bytes);
    if (!('flaw' in found)) accept(found, line.bytes);
    else if (found.cut) torn = tear(torn, place, line.bytes);
    else listener.problem(spoiltLine({ last, torn, spoilt: ++spoilt }, place, found.flaw));
  }

  function accept(record: R, line: Uint8Array): void {
    for (const problem of judge(record, place, { last, torn, spoilt })) listener.problem(problem);
    [torn, spoilt] = [undefined, 0];
    // A record that stands here a second time does not move the chain.
    if (!last || record.seq > last.seq) last = { seq: record.seq, h: record.h };
    listener.record(record, place, line);
  }

  return {
    file(name) {
      if (torn || midLine) listener.problem(spoiltLine({ last, torn, spoilt }, torn?.place ?? place, 'has no end'));
      [torn, midLine] = [undefined, false];
      place = { file: name, line: 0 };
    },
    lines(lines) {
      for (const line of lines) {
        place = { file: place.file, line: place.line + 1 };
        midLine = !line.ended;
        take(line);
      }
    },
    get last() {
      return last;
    },
    get tail() {
      const ends = torn || midLine || place.line === 0;
      return ends ? { ...(torn?.place ?? place), ...measure(torn) } : undefined;
    },
    get midLine() {
      return midLine;
    },
  };
}

/** Reads the files to their end. */
export async function followFiles(chain: Follower, dir: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    chain.file(name);
    for await (const lines of readLines(join(dir, name))) chain.lines(lines);
  }
}
