import { type ClockPort, LabError } from 'labwarden/sdk';

export interface Patience {
  readonly clock: ClockPort;
  readonly everyMs: number;
  readonly withinMs: number;
  readonly signal: AbortSignal;
}

/** Asks until there is an answer; `undefined` when none came in time. It always asks once. */
export async function poll<T>(patience: Patience, ask: () => Promise<T | undefined>): Promise<T | undefined> {
  const { clock, everyMs, withinMs, signal } = patience;
  const last = performance.now() + withinMs; // the clock of the wall may be set meanwhile
  for (;;) {
    signal.throwIfAborted();
    const answer = await ask();
    if (answer !== undefined || performance.now() >= last) return answer;
    await clock.sleep(everyMs);
  }
}

/** What was promised, or TIMEOUT with this sentence. A timer of our own, because a sleep of the clock port cannot be ended early. */
export async function within<T>(ms: number, promised: Promise<T>, sentence: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new LabError('TIMEOUT', sentence)), ms);
  try {
    return await Promise.race([promised, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
