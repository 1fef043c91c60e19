import { uptime } from 'node:os';
import { witness } from '../ports/identity.ts';

/** What time it is, and how much of it really passes, whatever somebody sets the time to. */
export interface Clock {
  now(): Date;
  /** Since the host was booted, its sleep included. */
  uptimeMs(): number;
  readonly bootId: string;
}

export const systemClock = (): Clock => ({
  now: () => new Date(),
  uptimeMs: () => uptime() * 1000,
  bootId: witness.bootId(),
});

/** A look at the clock, as it is kept from one tick and one server to the next. */
export interface Sample {
  readonly wallMs: number;
  readonly uptimeMs: number;
  readonly bootId: string;
}

export const sampleOf = (clock: Clock): Sample => ({
  ...{ wallMs: clock.now().getTime(), uptimeMs: clock.uptimeMs(), bootId: clock.bootId },
});

/** Clocks are set right by seconds all the time. */
const toleratedMs = 60_000;

/**
 * By how much the time was moved between two looks, beside passing. After a boot nobody knows how long it took, so only a time that
 * went back is known to be wrong.
 */
export function movedMs(before: Sample, now: Sample): number {
  const wall = now.wallMs - before.wallMs;
  const moved = before.bootId === now.bootId ? wall - (now.uptimeMs - before.uptimeMs) : Math.min(0, wall);
  return Math.abs(moved) > toleratedMs ? moved : 0;
}
