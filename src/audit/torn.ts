import { createHash, type Hash, hash } from 'node:crypto';

export interface Place {
  readonly file: string;
  /** From 1 on. */
  readonly line: number;
}

/** Bytes without a line's end. They are a crash's work when they end the log, or when a `recovery` record tells of them. */
export interface Torn extends Place {
  readonly bytes: number;
  readonly sha256: string;
}

/** Torn lines that follow each other: a recovery may itself be cut short. */
export interface Damage {
  readonly place: Place;
  readonly lines: number;
  readonly bytes: number;
  readonly hash: Hash;
}

export function tear(before: Damage | undefined, place: Place, line: Buffer): Damage {
  if (!before) return { place, lines: 1, bytes: line.length, hash: createHash('sha256').update(line) };
  const { lines, bytes, hash } = before;
  return {
    place: before.place,
    lines: lines + 1,
    bytes: bytes + 1 + line.length,
    hash: hash.update('\n').update(line),
  };
}

/** As a `recovery` record tells of it; without damage, of no bytes. */
export const measure = (damage: Damage | undefined): { readonly bytes: number; readonly sha256: string } =>
  damage ? { bytes: damage.bytes, sha256: damage.hash.copy().digest('hex') } : { bytes: 0, sha256: hash('sha256', '') };
