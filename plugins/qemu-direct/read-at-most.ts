import { Buffer } from 'node:buffer';
import type { Pipe } from 'labwarden/sdk';

/** The first bytes of the pipe, at most so many, and closes it: what it comes from may grow faster than it is read. */
export async function readAtMost(pipe: Pipe, bytes: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let held = 0;
  try {
    for (let piece = await pipe.read(); piece; piece = held < bytes ? await pipe.read() : undefined) {
      pieces.push(piece);
      held += piece.byteLength;
    }
  } finally {
    await pipe.close();
  }
  return Buffer.concat(pieces).subarray(0, bytes);
}
