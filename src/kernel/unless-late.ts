import { LabError } from '../sdk/index.ts';

/** The answer of one who only looks, for as long as the call lasts: then its caller hears why it is over, and nothing is left behind. */
export async function unlessOver<T>(answer: T | Promise<T>, signal: AbortSignal): Promise<T> {
  const over = Promise.withResolvers<never>();
  const giveUp = () => over.reject(signal.reason);
  if (signal.aborted) giveUp();
  signal.addEventListener('abort', giveUp, { once: true });
  return await Promise.race([answer, over.promise]).finally(() => signal.removeEventListener('abort', giveUp));
}

/** The plugin's answer. One that was told to stop may tidy up for a while; after that nobody knows what it did. */
export async function unlessLate<T>(answer: Promise<T>, signal: AbortSignal, graceMs: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const giveUp = () =>
    late.reject(
      new LabError('OUTCOME_UNKNOWN', 'It was told to stop and did not answer. Inspect before you repeat it.'),
    );
  let timer: NodeJS.Timeout | undefined;
  const start = () => {
    timer = setTimeout(giveUp, graceMs);
  };
  if (signal.aborted) start();
  signal.addEventListener('abort', start, { once: true });
  return await Promise.race([answer, late.promise]).finally(() => {
    signal.removeEventListener('abort', start);
    clearTimeout(timer);
  });
}
