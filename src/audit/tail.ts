import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { unseal } from './line.ts';
import { lineCutter } from './lines.ts';
import type { Hit } from './search.ts';
import { segmentNames } from './segments.ts';

const newline = 0x0a;
const lookEveryMs = 200;

/** The last so many records, oldest first, and where the newest file ended then. */
export async function lastRecords(
  dir: string,
  count: number,
): Promise<{ readonly hits: readonly Hit[]; readonly from: Place }> {
  const names = segmentNames(dir);
  let from: Place | undefined;
  let hits: readonly Hit[] = [];
  for (const name of names.toReversed()) {
    const bytes = await readFile(join(dir, name));
    from ??= { name, at: bytes.lastIndexOf(newline) + 1 };
    hits = [...lastOf(bytes, count - hits.length), ...hits];
    if (hits.length >= count) break;
  }
  return { hits, from: from ?? { name: '', at: 0 } };
}

interface Place {
  readonly name: string;
  /** The next line begins with this byte. */
  readonly at: number;
}

function lastOf(bytes: Buffer, count: number): readonly Hit[] {
  const hits: Hit[] = [];
  for (let end = bytes.lastIndexOf(newline); end >= 0 && hits.length < count; ) {
    const before = end === 0 ? -1 : bytes.lastIndexOf(newline, end - 1);
    hits.push(...hitOf(bytes.subarray(before + 1, end)));
    end = before;
  }
  return hits.reverse();
}

function hitOf(line: Buffer): readonly Hit[] {
  const record = unseal(line);
  return 'flaw' in record ? [] : [{ record, line: line.toString() }];
}

/** Every record that comes from then on, until the signal. */
export async function* newRecords(dir: string, from: Place, signal: AbortSignal): AsyncGenerator<Hit> {
  for (let { name, at } = from; !signal.aborted; ) {
    // Looked for first: once there is a newer file, this one does not grow any more.
    const next = segmentNames(dir).find((one) => one > name);
    const { bytes, read } = name === '' ? { bytes: [], read: 0 } : await linesFrom(join(dir, name), at);
    for (const line of bytes) yield* hitOf(line);
    at += read;
    if (next !== undefined) ({ name, at } = { name: next, at: 0 });
    else await pause(lookEveryMs, undefined, { signal }).catch(() => {});
  }
}

/** Whole lines only. */
async function linesFrom(
  path: string,
  at: number,
): Promise<{ readonly bytes: readonly Buffer[]; readonly read: number }> {
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  if (size <= at) return { bytes: [], read: 0 };
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size - at), { position: at });
  const whole = buffer.subarray(0, buffer.subarray(0, bytesRead).lastIndexOf(newline) + 1);
  return {
    bytes: lineCutter()
      .lines(whole)
      .map(({ bytes }) => bytes),
    read: whole.length,
  };
}
