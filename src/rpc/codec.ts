import { LabError } from '../sdk/index.ts';
import { limits } from './limits.ts';
import { bounded, isPipe } from './pipes.ts';
import { plain, revived } from './plain-error.ts';

export type Lendable = (...args: never[]) => unknown;

/** How the sender turns what is not data into numbers. */
export interface Lender {
  lend(method: Lendable): number;
  follow(signal: AbortSignal): number;
}

/** How the receiver turns the numbers back. */
export interface Borrower {
  borrow(method: number): Lendable;
  signal(id: number): AbortSignal;
}

// The head around a value, and the marks within it, nest as well.
const deepest = limits.depth - 6;

/**
 * Data with marks: `{ $method: 7 }`, `{ $signal: 3 }`, `{ $aborted: error }`, `{ $bytes: 512 }` (the tail's next) and
 * `{ $undefined: 0 }`. A key of ours that starts with `$` gets another one.
 */
export function encode(value: unknown, tail: Uint8Array[], lender: Lender, depth = 0): unknown {
  if (typeof value === 'function') return { $method: lender.lend(value as Lendable) };
  if (value === undefined) return { $undefined: 0 };
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof AbortSignal && !value.aborted) return { $signal: lender.follow(value) };
  if (value instanceof Uint8Array) return { $bytes: append(value, tail) };
  if (depth === deepest) throw new LabError('INTERNAL', `Only data nested less than ${deepest} deep crosses.`);
  const inner = (item: unknown) => encode(item, tail, lender, depth + 1);
  if (value instanceof AbortSignal) return { $aborted: plain(value.reason, inner) };
  if (Array.isArray(value)) return value.map(inner);
  if (!isPlain(value)) throw new LabError('INTERNAL', `Only plain data crosses; this is a ${value.constructor?.name}.`);
  return mapped(isPipe(value) ? bounded(value) : value, (key) => (key.startsWith('$') ? `$${key}` : key), inner);
}

/** Takes bytes from the tail in the order in which `encode` put them there, each once. */
export function decode(value: unknown, tail: Tail, borrower: Borrower): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const inner = (item: unknown) => decode(item, tail, borrower);
  if (Array.isArray(value)) return value.map(inner);
  if ('$method' in value) return borrower.borrow(Number(value.$method));
  if ('$signal' in value) return borrower.signal(Number(value.$signal));
  if ('$aborted' in value) return AbortSignal.abort(revived(Object(value.$aborted), inner));
  if ('$undefined' in value) return undefined;
  if ('$bytes' in value) return tail.take(Number(value.$bytes));
  const whole = mapped(value, (key) => (key.startsWith('$') ? key.slice(1) : key), inner);
  return isPipe(whole) ? bounded(whole) : whole;
}

/** The bytes of one message, handed out from the front. */
export class Tail {
  readonly #bytes: Uint8Array;
  #taken = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(count: number): Uint8Array {
    const end = this.#taken + count;
    if (!(Number.isSafeInteger(count) && count >= 0 && end <= this.#bytes.byteLength))
      throw new LabError('INVALID_INPUT', 'The other side speaks of bytes that it did not send.');
    const bytes = this.#bytes.subarray(this.#taken, end);
    this.#taken = end;
    return bytes;
  }
}

function append(bytes: Uint8Array, tail: Uint8Array[]): number {
  tail.push(bytes);
  return bytes.byteLength;
}

const isPlain = (value: object): boolean => [Object.prototype, null].includes(Object.getPrototypeOf(value));

/** Keys that code which copies objects could take for their prototype. */
const poisoned: ReadonlySet<string> = new Set(['__proto__', 'constructor']);

const mapped = (value: object, name: (key: string) => string, map: (item: unknown) => unknown): object =>
  Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => (poisoned.has(name(key)) ? [] : [[name(key), map(item)]])),
  );
