import { hash } from 'node:crypto';
import { longestLine } from './line.ts';

/** A Merkle tree over the log's lines, as RFC 6962, section 2.1, makes it; of its nodes only those that the next line needs. */
export interface Tree {
  readonly size: number;
  /** Roots of the whole trees that the lines fall into, the largest first; 64 hex digits each. */
  readonly edge: readonly string[];
  /** 64 hex digits. */
  readonly root: string;
  /** One line more, without its newline. */
  add(line: string | Uint8Array): void;
}

/** Bytes as a string of one character each: what `hash` gives fastest. */
type Digest = string;

/** Goes on where another one stood. Throws RangeError when so many lines have another edge. */
export function treeFrom(lines = 0, from: readonly string[] = []): Tree {
  if (from.length !== bits(lines)) throw new RangeError(`A tree of ${lines} lines has no edge of ${from.length}.`);
  const edge = from.map((hex) => Buffer.from(hex, 'hex').toString('latin1'));
  let size = lines;
  return {
    get size() {
      return size;
    },
    get edge() {
      return edge.map(hex);
    },
    get root() {
      return edge.length === 0 ? hash('sha256', '') : hex(edge.reduceRight((right, left) => nodeOf(left, right)));
    },
    add(line) {
      let whole = leafOf(line);
      for (let left = size; left % 2 === 1; left = Math.floor(left / 2)) whole = nodeOf(edge.pop() ?? '', whole);
      edge.push(whole);
      size += 1;
    },
  };
}

const leaf = Buffer.alloc(1 + longestLine);

/** SHA-256 of 0x00 and the line. */
export function leafOf(line: string | Uint8Array): Digest {
  const bytes = typeof line === 'string' ? leaf.write(line, 1) : copied(line);
  return hash('sha256', leaf.subarray(0, 1 + bytes), 'latin1');
}

function copied(line: Uint8Array): number {
  leaf.set(line, 1);
  return line.length;
}

const pair = Buffer.alloc(65, 1);

/** SHA-256 of 0x01, the left and the right. */
export function nodeOf(left: Digest, right: Digest): Digest {
  pair.write(left, 1, 'latin1');
  pair.write(right, 33, 'latin1');
  return hash('sha256', pair, 'latin1');
}

export const hex = (digest: Digest): string => Buffer.from(digest, 'latin1').toString('hex');

const bits = (size: number): number => size.toString(2).replaceAll('0', '').length;
