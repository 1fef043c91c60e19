import { type Code, codes, type Details, LabError } from '../sdk/index.ts';

/** A LabError as data. Its cause stays at home, in the log. */
export interface PlainError {
  readonly code: Code;
  readonly message: string;
  readonly details: Details;
}

type Convert = (value: unknown) => unknown;

export function plain(reason: unknown, encoded: Convert): PlainError {
  const { code, message, details } = LabError.of(reason);
  return { code, message, details: Object(encoded(details)) };
}

/** A code we don't know is the other side's bug, not a new code. */
export const revived = ({ code, message, details }: PlainError, decoded: Convert): LabError =>
  new LabError(typeof code === 'string' && Object.hasOwn(codes, code) ? code : 'INTERNAL', String(message), {
    details: Object(decoded(details)),
  });

/** What everyone hears who waits for a process that has ended, or was let go for what it sent. */
export const gone = (cause?: LabError) =>
  new LabError('PROVIDER_UNAVAILABLE', 'The process at the other end has gone.', { cause });
