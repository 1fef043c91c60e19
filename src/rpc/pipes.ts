import { LabError, type Pipe } from '../sdk/index.ts';
import { limits } from './limits.ts';

export const isPipe = (value: object): value is Pipe =>
  ['read', 'write', 'close'].every((name) => name in value && typeof Reflect.get(value, name) === 'function');

/** The same pipe, holding both ends to the size of a piece. Whoever lends it is checked, and so is whoever borrows it. */
export const bounded = (pipe: Pipe): Pipe => ({
  ...pipe,
  read: async () => piece(await pipe.read()),
  write: async (bytes) => pipe.write(piece(bytes)),
});

function piece<T>(bytes: T): T {
  const fits = bytes === undefined || (bytes instanceof Uint8Array && bytes.byteLength <= limits.pieceBytes);
  if (fits) return bytes;
  throw new LabError('LIMIT_EXCEEDED', `A pipe carries bytes in pieces of at most ${limits.pieceBytes}.`);
}
