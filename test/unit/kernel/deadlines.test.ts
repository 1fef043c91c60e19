import { expect, test } from 'vitest';
import { Deadlines } from '../../../src/kernel/deadlines.ts';

const start = Date.parse('2026-11-20T12:00:00Z');
const at = (ms: number) => new Date(start + ms);
const lasts = { expiresAt: at(1_000).toISOString(), lastsMs: 1_000 };

/** One that began, and both clocks. */
function begun() {
  let elapsed = 50;
  const deadlines = new Deadlines(() => elapsed);
  deadlines.begin('q', 1_000);
  return (wallMs: number, elapsedMs: number) => {
    elapsed = 50 + elapsedMs;
    return deadlines.over('q', lasts, at(wallMs));
  };
}

test('a question is over when the first of both clocks says so', () => {
  const over = begun();
  expect(over(1_000, 1_000)).toBe(false);
  expect(over(1_001, 500)).toBe(true);
  expect(over(500, 1_001)).toBe(true);
});

test('a clock that is put back makes no question young again', () => {
  const over = begun();
  expect(over(-86_400_000, 1_001)).toBe(true);
  let elapsed = 0;
  const deadlines = new Deadlines(() => elapsed);
  deadlines.begin('q', 1_000);
  elapsed = 2_000;
  deadlines.begin('another', 1_000);
  expect(deadlines.over('q', lasts, at(-86_400_000))).toBe(true);
});

test('one of an earlier server lasts as long as is left, and never longer than one may', () => {
  let elapsed = 0;
  const deadlines = new Deadlines(() => elapsed);
  expect(deadlines.over('old', lasts, at(600))).toBe(false);
  elapsed = 401;
  expect(deadlines.over('old', lasts, at(600))).toBe(true);
  // The host's clock was put back by a day while no server ran.
  expect(deadlines.over('older', lasts, at(-86_400_000))).toBe(false);
  elapsed = 401 + 1_001;
  expect(deadlines.over('older', lasts, at(-86_400_000))).toBe(true);
});

test('what is no time at all is over', () => {
  expect(new Deadlines(() => 0).over('q', { expiresAt: 'soon', lastsMs: 1_000 }, at(0))).toBe(true);
});

test('however many there are, memory is bounded and the newest are known', () => {
  const deadlines = new Deadlines(() => 0);
  for (let n = 0; n < 12_000; n += 1) deadlines.begin(`q${n}`, 1_000);
  expect(deadlines.over('q11999', lasts, at(0))).toBe(false);
});
