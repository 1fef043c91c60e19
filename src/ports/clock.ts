import { setTimeout } from 'node:timers/promises';
import type { ClockPort } from '../sdk/index.ts';
import type { Behind } from './doors.ts';

export const clock: Behind<ClockPort> = {
  now: async () => new Date().toISOString(),
  sleep: ({ signal }, ms) => setTimeout(ms, undefined, { signal }),
};
