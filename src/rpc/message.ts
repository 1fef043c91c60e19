import { LabError } from '../sdk/index.ts';
import type { PlainError } from './plain-error.ts';

export interface Asked {
  readonly call: number;
  readonly method: number;
  readonly args: readonly unknown[];
}

/** The head of a frame: a call, one of its two ends, or the abort of a signal that an earlier message carried. */
export type Message =
  | Asked
  | { readonly done: number; readonly value?: unknown }
  | { readonly fail: number; readonly error: PlainError }
  | { readonly abort: number; readonly error: PlainError };

/** Throws at what is no message. Numbers that name nothing we know are no harm: nobody listens to them. */
export function message(head: unknown): Message {
  if (typeof head !== 'object' || head === null) throw unknown();
  const kinds = (['call', 'done', 'fail', 'abort'] as const).filter((kind) => Object.hasOwn(head, kind));
  const fields: Readonly<Record<string, unknown>> = { ...head };
  if (kinds.length !== 1 || !kinds.every((kind) => Number.isSafeInteger(fields[kind]))) throw unknown();
  if ('call' in head && !(Number.isSafeInteger(fields['method']) && Array.isArray(fields['args']))) throw unknown();
  if (('fail' in head || 'abort' in head) && !isObject(fields['error'])) throw unknown();
  return head as Message;
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

const unknown = () => new LabError('INVALID_INPUT', 'The other side sent what is no message.');
