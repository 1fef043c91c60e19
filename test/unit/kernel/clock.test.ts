import { expect, test } from 'vitest';
import { movedMs, type Sample, sampleOf, systemClock } from '../../../src/kernel/clock.ts';

const day = 86_400_000;
const at = (wallMs: number, uptimeMs: number, bootId = 'a'): Sample => ({ wallMs, uptimeMs, bootId });

test('time that passes is not time that was set', () => {
  expect(movedMs(at(0, 0), at(day, day))).toBe(0);
  expect(movedMs(at(0, 0), at(day + 59_000, day))).toBe(0);
  expect(movedMs(at(0, 0), at(day, 1_000))).toBe(day - 1_000);
  expect(movedMs(at(day, 0), at(0, 1_000))).toBe(-day - 1_000);
});

test('after a boot the host was off for as long as its clock says, but never less than not at all', () => {
  expect(movedMs(at(0, day), at(7 * day, 1_000, 'b'))).toBe(0);
  expect(movedMs(at(day, day), at(0, 1_000, 'b'))).toBe(-day);
});

test('the host’s own clock does not move by itself', () => {
  const clock = systemClock();
  expect(movedMs(sampleOf(clock), sampleOf(clock))).toBe(0);
  expect(clock.bootId).toMatch(/\S/);
});
