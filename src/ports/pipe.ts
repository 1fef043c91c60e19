import { LabError, type Pipe } from '../sdk/index.ts';
import type { Door } from './doors.ts';

/** Longest piece of a pipe, both ways. */
export const pieceBytes = 64 * 1024;

/** Something with bytes, before the rules of a pipe are laid on it. Reads come one after the other, and so do writes. */
export interface End {
  /** At most so many; `undefined` at the end. */
  read(atMost: number): Promise<Uint8Array | undefined>;
  write(piece: Uint8Array): Promise<void>;
  /** In order. `written` settles when the writes before it have. */
  close(written: Promise<unknown>): Promise<void>;
  /** The call is over: pending reads and writes settle, and nothing half-written stays. */
  drop(): Promise<void>;
}

/** Pulled piece by piece, counted, and shut when the call is over. */
export function pipe(end: End, door: Door): Pipe {
  const { signal } = door;
  const told = door.keep();
  const [reads, writes] = [line(), line()];
  let closed: Promise<void> | undefined;
  const shut = (how: () => Promise<void>): Promise<void> => {
    closed ??= how().finally(told);
    return closed;
  };
  const drop = () => void shut(() => end.drop()).catch(() => {});
  if (signal.aborted) drop();
  else signal.addEventListener('abort', drop, { once: true });
  return {
    read: () =>
      reads.next(() =>
        during(signal, async () => {
          const piece = closed ? undefined : await end.read(pieceBytes);
          door.took(piece?.byteLength ?? 0);
          return piece;
        }),
      ),
    write: (bytes) =>
      writes.next(() =>
        during(signal, async () => {
          for (const piece of pieces(bytes)) {
            if (closed) throw new LabError('CONFLICT', 'This pipe was closed before the bytes were written.');
            await end.write(piece);
            door.gave(piece.byteLength);
          }
        }),
      ),
    close: () =>
      during(signal, async () => {
        await shut(() => end.close(writes.last()));
        signal.removeEventListener('abort', drop);
      }),
  };
}

/** Lets one at a time through, in the order of asking. */
function line() {
  let last: Promise<unknown> = Promise.resolve();
  return {
    last: () => last,
    next<T>(act: () => Promise<T>): Promise<T> {
      const mine = last.then(act, act);
      last = mine;
      return mine;
    },
  };
}

/** What goes wrong after the call was over went wrong because it was over. */
async function during<T>(signal: AbortSignal, act: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  try {
    return await act();
  } finally {
    signal.throwIfAborted();
  }
}

function* pieces(bytes: unknown): Generator<Uint8Array> {
  if (!(bytes instanceof Uint8Array)) throw new LabError('INVALID_INPUT', 'Only bytes (Uint8Array) go through a pipe.');
  for (let from = 0; from < bytes.byteLength; from += pieceBytes) yield bytes.subarray(from, from + pieceBytes);
}
