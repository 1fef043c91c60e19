import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { exports, type Target } from '../../../src/audit/export.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** A place that answers when the test says so. */
function place(name = 'place') {
  const given: string[] = [];
  const answers: { ok(): void; no(why: Error): void }[] = [];
  const target: Target = {
    name,
    deliver: (note) =>
      new Promise((ok, no) => {
        given.push(note);
        answers.push({ ok, no });
      }),
  };
  return { target, given, answers };
}

const soon = () => vi.advanceTimersByTimeAsync(0);

test('one that fails is told of once, and tried again with the newest until it takes it', async () => {
  const { target, given, answers } = place();
  const told: string[] = [];
  const out = exports({ targets: [target], trouble: (message) => told.push(message) });
  out.take('1');
  answers[0]?.no(Object.assign(new Error('no'), { code: 'ENOSPC' }));
  await soon();
  const since = new Date().toISOString();
  expect(out.health).toEqual([{ name: 'place', failing: { since, why: 'ENOSPC' } }]);
  out.take('2');
  out.take('3');
  await vi.advanceTimersByTimeAsync(999);
  expect(given).toEqual(['1']);
  await vi.advanceTimersByTimeAsync(1);
  expect(given).toEqual(['1', '3']);
  answers[1]?.no(new Error('still no'));
  await vi.advanceTimersByTimeAsync(1_999);
  expect(out.health).toEqual([{ name: 'place', failing: { since, why: 'still no' } }]);
  expect(given).toEqual(['1', '3']);
  await vi.advanceTimersByTimeAsync(1);
  expect(given).toEqual(['1', '3', '3']);
  answers[2]?.ok();
  await soon();
  expect(out.health).toEqual([{ name: 'place' }]);
  expect(told).toEqual(['a checkpoint was not exported; it is tried again', 'checkpoints are exported again']);
});

test('one that does not answer is told of, and neither asked again meanwhile nor in the way of others', async () => {
  const [silent, lively] = [place('silent'), place('lively')];
  const out = exports({ targets: [silent.target, lively.target] });
  for (const [nth, note] of ['1', '2', '3'].entries()) {
    out.take(note);
    lively.answers[nth]?.ok();
    await soon();
  }
  expect(lively.given).toEqual(['1', '2', '3']);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(silent.given).toEqual(['1']);
  expect(out.health).toMatchObject([{ failing: { why: 'no answer within 10 s' } }, { name: 'lively' }]);
  silent.answers[0]?.ok();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(silent.given).toEqual(['1', '3']);
});

test('at the end the last one gets one more try, and a few seconds', async () => {
  const { target, given, answers } = place();
  const out = exports({ targets: [target] });
  out.take('1');
  answers[0]?.no(new Error('no'));
  await soon();
  out.take('2');
  const closed = out.close();
  expect(given).toEqual(['1', '2']);
  answers[1]?.no(new Error('no'));
  await closed;
  await vi.advanceTimersByTimeAsync(120_000);
  expect(given).toEqual(['1', '2']);
});

test('at the end one that does not answer is waited for five seconds', async () => {
  const { target } = place();
  const out = exports({ targets: [target] });
  out.take('1');
  let over = false;
  const closed = out.close().then(() => {
    over = true;
  });
  await vi.advanceTimersByTimeAsync(4_999);
  expect(over).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  await closed;
});
