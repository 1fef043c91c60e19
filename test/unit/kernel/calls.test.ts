import { getEventListeners } from 'node:events';
import { expect, test, vi } from 'vitest';
import type { Request } from '../../../src/kernel/call/steps.ts';
import { callerOf, reading, running } from '../../../src/kernel/calls.ts';
import type { Lab } from '../../../src/kernel/lab.ts';
import { ownFolder } from '../../support/folder.ts';
import { openedState, reservation } from '../../support/state.ts';

const never = new AbortController().signal;
const ada = { user: 'ada', groups: [], via: 'stdio' } as const;
const request = (more: Partial<Request> = {}): Request => ({
  ...{ id: 'call1', principal: ada, tool: 'a_b', args: {}, signal: never, stop: never },
  ...more,
});

async function lab() {
  const opened = new AsyncDisposableStack();
  const state = opened.use(openedState(opened.use(await ownFolder()).path));
  await state.reserve(reservation({ call: 'call1' }));
  const limits = { callDeadlineMs: 60_000 };
  const asked: string[] = [];
  const watched = {
    ...state,
    durable: async () => {
      asked.push((await state.notes('call1')).map(({ step }) => step).join());
      await state.durable();
    },
  };
  return {
    lab: { state: watched, limits } as unknown as Lab,
    state,
    asked,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

test('a note is durable once it resolves', async () => {
  await using own = await lab();
  using call = running(own.lab, request(), 'change', never);
  await call.note('first', { a: 1 });
  expect(await own.state.notes('call1')).toEqual([{ step: 'first', data: { a: 1 } }]);
  expect(own.asked).toEqual(['first']);
});

test('a read has nothing to note, nor has a preview', async () => {
  await using own = await lab();
  using call = running(own.lab, request(), 'read', never);
  using look = reading(request());
  for (const one of [call, look]) await expect(one.note('first')).rejects.toMatchObject({ code: 'FORBIDDEN' });
  expect(await own.state.notes('call1')).toEqual([]);
});

test('a call that is over notes nothing, reports nothing, and says that it is over', async () => {
  await using own = await lab();
  const call = running(own.lab, request(), 'change', never);
  call[Symbol.dispose]();
  await expect(call.note('late')).rejects.toThrow('This call is over.');
  call.progress({ done: 1, message: 'late' });
  expect(await own.state.notes('call1')).toEqual([]);
  expect(await own.state.byId('job', 'call1')).not.toHaveProperty('progress');
  expect(call.signal.reason).toMatchObject({ code: 'CANCELLED' });
});

test('a read ends with its caller, a change does not', async () => {
  await using own = await lab();
  const signal = AbortSignal.abort();
  using read = running(own.lab, request({ signal }), 'read', never);
  using change = running(own.lab, request({ signal }), 'change', never);
  expect([read.signal.aborted, change.signal.aborted]).toEqual([true, false]);
  using stopped = running(own.lab, request(), 'change', AbortSignal.abort());
  expect(stopped.signal.aborted).toBe(true);
});

test('a call that is over leaves nothing with those that outlive it', () => {
  vi.useFakeTimers();
  const [gone, stop] = [new AbortController(), new AbortController()];
  {
    using _call = reading(request({ signal: gone.signal, stop: stop.signal }));
    expect(vi.getTimerCount()).toBe(1);
    expect(getEventListeners(gone.signal, 'abort')).toHaveLength(1);
  }
  expect(vi.getTimerCount()).toBe(0);
  for (const { signal } of [gone, stop]) expect(getEventListeners(signal, 'abort')).toEqual([]);
  vi.useRealTimers();
});

test('whoever only looks has a minute and a half', () => {
  vi.useFakeTimers();
  using look = reading(request());
  vi.advanceTimersByTime(90_000 - 1);
  expect(look.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(look.signal.reason).toMatchObject({ code: 'TIMEOUT' });
  vi.useRealTimers();
});

test('the kernel knows on whose behalf a call runs; a copy of it stands for nobody', async () => {
  using call = reading(request());
  expect(callerOf(call)).toBe(ada);
  expect(callerOf({ ...call })).toBeUndefined();
});
