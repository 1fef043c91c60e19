import { LabError } from '../../sdk/index.ts';

/** The promise, or the signal's reason as soon as it aborts. What was begun goes on. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const listener = () => aborted.reject(LabError.of(signal.reason));
  if (signal.aborted) listener();
  else signal.addEventListener('abort', listener, { once: true });
  return Promise.race([promise, aborted.promise]).finally(() => signal.removeEventListener('abort', listener));
}
