import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type HttpPort, LabError } from '../sdk/index.ts';
import { originOf, type Rights } from './admit.ts';
import type { Behind, Door } from './doors.ts';
import { draftEnd } from './draft-end.ts';
import { plainly } from './file-error.ts';
import { spotOf } from './files.ts';
import { answerOf, type Lookup } from './https-get.ts';
import { reasonOf } from './stream-end.ts';

/** Requests to granted origins, over https alone. */
export const http = (rights: Rights, lookup?: Lookup): Behind<HttpPort> => ({
  get: (door, url) =>
    limited(door, getMs, async (signal) => {
      const answer = await answerOf(url, (at) => originOf(rights, at), signal, lookup);
      const pieces: Uint8Array[] = [];
      for await (const piece of body(answer, url, mostInMemory, door)) pieces.push(piece);
      return { status: answer.statusCode ?? 0, body: new Uint8Array(Buffer.concat(pieces)) };
    }),
  download: (door, url, to) =>
    limited(door, downloadMs, async (signal) => {
      const answer = await answerOf(url, (at) => originOf(rights, at), signal, lookup);
      if (answer.statusCode === 200) return saved(answer, url, to, door, rights);
      answer.destroy();
      throw new LabError('PROVIDER_FAILED', `${bare(url)} answers ${answer.statusCode}, not 200; nothing was saved.`);
    }),
});

const getMs = 60_000;
const downloadMs = 6 * 60 * 60 * 1000;
const mostInMemory = 8 * 1024 * 1024;
const mostOnDisk = 256 * 1024 * 1024 * 1024;

/** Ends an act after so long; the end of the call ends it sooner. */
async function limited<T>({ signal }: Door, ms: number, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const limit = AbortSignal.timeout(ms);
  try {
    return await act(AbortSignal.any([signal, limit]));
  } catch (cause) {
    signal.throwIfAborted();
    throw limit.aborted ? new LabError('TIMEOUT', `The request took longer than ${ms / 1000} s.`, { cause }) : cause;
  }
}

/** An answer's bytes, piece by piece, as long as they are not too many. */
async function* body(answer: IncomingMessage, url: string, most: number, door: Door): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  try {
    for await (const piece of answer as AsyncIterable<Uint8Array>) {
      bytes += piece.byteLength;
      if (bytes > most) throw new LabError('LIMIT_EXCEEDED', `${bare(url)} answers more than ${most} bytes.`);
      door.took(piece.byteLength);
      yield piece;
    }
  } catch (cause) {
    if (cause instanceof LabError) throw cause;
    throw new LabError('PROVIDER_UNAVAILABLE', `${bare(url)} broke off: ${reasonOf(cause)}.`, { cause });
  }
}

/** Under its name once it is whole; otherwise nothing of it stays. */
async function saved(answer: IncomingMessage, url: string, to: string, door: Door, { roots }: Rights) {
  const hash = createHash('sha256');
  const file = await plainly(to, async () => draftEnd(await spotOf(roots, to), to, door.signal));
  try {
    for await (const piece of body(answer, url, mostOnDisk, door)) {
      hash.update(piece);
      await file.write(piece);
    }
  } catch (reason) {
    await file.drop();
    throw reason;
  }
  await file.close(Promise.resolve());
  return { digest: `sha256:${hash.digest('hex')}` };
}

/** What a URL carries after its path may be a secret. */
function bare(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
