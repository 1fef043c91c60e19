import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { poll } from '../../../plugins/qemu-direct/wait.ts';

// `performance` stays as true as the timers, whatever the wall's clock is set to.
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const clock = {
  now: async () => new Date().toISOString(),
  sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
};
const patience = { clock, everyMs: 25, withinMs: 1_000, signal: new AbortController().signal };

test.for([
  ['forward', 3_600_000],
  ['back', -3_600_000],
] as const)('a clock that is set %s while it waits changes nothing', async ([, stepMs]) => {
  let over = false;
  const polling = poll(patience, async () => undefined).finally(() => {
    over = true;
  });
  await vi.advanceTimersByTimeAsync(100);
  vi.setSystemTime(Date.now() + stepMs);
  await vi.advanceTimersByTimeAsync(875);
  expect(over).toBe(false);
  await vi.advanceTimersByTimeAsync(50);
  expect(over).toBe(true);
  expect(await polling).toBeUndefined();
});
