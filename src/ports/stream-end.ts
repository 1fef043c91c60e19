import type { Duplex } from 'node:stream';
import { LabError } from '../sdk/index.ts';
import type { End } from './pipe.ts';

/** A connection as the end of a pipe. While nobody reads, at most one buffer of it is taken from the system. */
export function streamEnd(stream: Duplex, peer: string): End {
  stream.on('error', () => {}); // whoever reads or writes next is told
  const broken = (cause: unknown) =>
    new LabError('PROVIDER_UNAVAILABLE', `The connection to ${peer} broke: ${reasonOf(cause)}.`, { cause });
  let left = false;
  const leave = () => {
    left = true;
    return gone(stream);
  };
  return {
    async read(atMost) {
      for (;;) {
        if (left) return undefined;
        if (stream.errored) throw broken(stream.errored);
        if (stream.readableLength === 0) stream.read(0); // asks the system for more, or notices the end
        if (stream.readableLength > 0) return stream.read(Math.min(stream.readableLength, atMost)) ?? undefined;
        if (stream.readableEnded || stream.destroyed) return undefined;
        await something(stream);
      }
    },
    write: (piece) =>
      new Promise((resolve, reject) =>
        stream.write(piece, (cause) => (cause ? reject(broken(stream.errored ?? cause)) : resolve())),
      ),
    close() {
      const closed = leave();
      // A peer that does not read must not keep us: what it has not taken by now is lost.
      if (stream.writableLength > 0 || stream.destroyed) stream.destroy();
      else stream.end(() => stream.destroy());
      return closed;
    },
    drop() {
      const closed = leave();
      stream.destroy();
      return closed;
    },
  };
}

/** `ECONNREFUSED`, `CERT_HAS_EXPIRED` or, where the system has no word for it, the sentence. */
export const reasonOf = (cause: unknown): string => {
  const { code, message, name } = cause as NodeJS.ErrnoException;
  if (name === 'AbortError' || name === 'TimeoutError') return 'it took too long';
  return typeof code === 'string' ? code : message;
};

const gone = (stream: Duplex): Promise<void> =>
  stream.closed ? Promise.resolve() : new Promise((resolve) => stream.once('close', () => resolve()));

/** Resolves when there may be bytes, or never will be. */
const something = (stream: Duplex): Promise<void> =>
  new Promise((resolve) => {
    const events = ['readable', 'end', 'close', 'error'] as const;
    const done = () => {
      for (const event of events) stream.off(event, done);
      resolve();
    };
    for (const event of events) stream.on(event, done);
  });
