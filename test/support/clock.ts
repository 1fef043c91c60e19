import type { Clock } from '../../src/kernel/clock.ts';

const hourMs = 3_600_000;

/** A clock that stands until it is told: time that passes, and time that somebody sets. */
export function handClock(start = Date.parse('2026-03-01T12:00:00.000Z'), bootId = 'boot-1') {
  let [wall, up] = [start, 1_000_000];
  const clock: Clock = { now: () => new Date(wall), uptimeMs: () => up, bootId };
  return {
    clock,
    pass(hours: number) {
      wall += hours * hourMs;
      up += hours * hourMs;
    },
    set(byHours: number) {
      wall += byHours * hourMs;
    },
    /** The same clock after the host was booted again. */
    rebooted: (id = 'boot-2'): Clock => {
      up = 0;
      return { now: () => new Date(wall), uptimeMs: () => up, bootId: id };
    },
    inHours: (hours: number) => new Date(wall + hours * hourMs).toISOString(),
  };
}
