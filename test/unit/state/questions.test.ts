import { expect, test } from 'vitest';
import { ownFolder } from '../../support/folder.ts';
import { openedState, reservation } from '../../support/state.ts';

const question = { id: 'q1', plan: 'sha256:1', user: 'ada', expiresAt: '2026-01-01T00:05:00.000Z' };

test('of 64 calls that use one answer, one gets it', async () => {
  await using folder = await ownFolder();
  await using state = openedState(folder.path);
  await state.ask(question);
  expect(await state.question('q1')).toEqual({ ...question, spent: false });
  const calls = Array.from({ length: 64 }, (_, n) => reservation({ name: `c${n}`, nodes: 0, spends: 'q1' }));
  const ended = await Promise.allSettled(calls.map((call) => state.reserve(call)));
  expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const end of ended)
    if (end.status === 'rejected') expect(end.reason).toMatchObject({ code: 'CONFIRMATION_STALE' });
  expect(await state.all('cluster')).toHaveLength(1);
  expect(await state.question('q1')).toEqual({ ...question, spent: true });
});

test('a call that is refused has not used its answer up', async () => {
  await using folder = await ownFolder();
  await using state = openedState(folder.path);
  await state.ask(question);
  await state.reserve(reservation());
  await expect(state.reserve(reservation({ spends: 'q1' }))).rejects.toMatchObject({ code: 'CONFLICT' });
  expect(await state.question('q1')).toMatchObject({ spent: false });
});

test('an answer to a question that nobody asked is used up already', async () => {
  await using folder = await ownFolder();
  await using state = openedState(folder.path);
  await expect(state.reserve(reservation({ spends: 'q2' }))).rejects.toMatchObject({ code: 'CONFIRMATION_STALE' });
  expect(await state.question('q2')).toBeUndefined();
});

test('what was asked a day ago is forgotten', async () => {
  await using folder = await ownFolder();
  await using state = openedState(folder.path);
  await state.ask(question);
  await state.ask({ ...question, id: 'q2', expiresAt: '2026-01-02T00:04:00.000Z' });
  expect(await state.question('q1')).toBeDefined();
  await state.ask({ ...question, id: 'q3', expiresAt: '2026-01-02T00:06:00.000Z' });
  expect(await state.question('q1')).toBeUndefined();
});
