import type { LabError } from '../sdk/index.ts';

/** Told of every failure whose own words the other side does not get to see. */
export type Accident = (error: LabError, call: string | undefined) => void;

export const ignored: Accident = () => {};

/** Writes the cause as one JSON line, under the lab's id of the call: what is put together from two logs. */
export const accidents =
  (write: (line: string) => void): Accident =>
  (error, call) => {
    const cause = error.cause ?? error;
    const [message, stack] = cause instanceof Error ? [cause.message, cause.stack] : [String(cause), undefined];
    if (error.code === 'INTERNAL') write(JSON.stringify({ level: 'error', call, message, stack }));
  };

/** The lab's own id of the call that these arguments belong to: a Call is one of them, or stands in one of them. */
export function labCall(args: readonly unknown[]): string | undefined {
  const calls = args.map((arg) => Object(arg)).map((arg) => Object(arg.call ?? arg));
  return calls.find(({ id, signal }) => typeof id === 'string' && signal instanceof AbortSignal)?.id;
}
