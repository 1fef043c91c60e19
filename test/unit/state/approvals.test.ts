import { expect, test } from 'vitest';
import type { Approval } from '../../../src/state/index.ts';
import { ownFolder } from '../../support/folder.ts';
import { openedState, reservation } from '../../support/state.ts';

const [askedAt, expiresAt] = ['2026-01-01T00:00:00.000Z', '2026-01-01T00:15:00.000Z'];
const approval = (id: string, more: Partial<Approval> = {}): Approval => ({
  ...{ id, plan: 'sha256:1', user: 'ada', expiresAt, askedAt, level: 'human', needs: 1, call: 'sha256:c' },
  ...{ shown: { tool: 'cluster_destroy' }, about: { of: 'call' }, session: 's1', ...more },
});
const said = (approver: string) => ({ approver, statement: { decision: 'approve' }, signature: 'c2ln' });

test('an approval is as it was asked for, with its answers, when the state is opened again', async () => {
  await using folder = await ownFolder();
  let labId = '';
  {
    await using state = openedState(folder.path);
    labId = state.labId;
    expect(await state.askApproval(approval('a1'))).toBe('a1');
    await state.answerApproval('a1', said('ana'));
  }
  await using state = openedState(folder.path);
  expect(state.labId).toBe(labId);
  expect(labId).toMatch(/^[0-9a-f]{32}$/);
  expect(await state.openApprovals()).toEqual([{ ...approval('a1'), answers: [said('ana')] }]);
});

test('every lab has an id of its own', async () => {
  await using one = await ownFolder();
  await using other = await ownFolder();
  await using first = openedState(one.path);
  await using second = openedState(other.path);
  expect(first.labId).not.toBe(second.labId);
});

test('of 64 calls that use one approval, one gets it', async () => {
  await using folder = await ownFolder();
  await using state = openedState(folder.path);
  await state.askApproval(approval('a1'));
  const calls = Array.from({ length: 64 }, (_, n) => reservation({ name: `c${n}`, nodes: 0, spends: 'a1' }));
  const ended = await Promise.allSettled(calls.map((call) => state.reserve(call)));
  expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(await state.all('cluster')).toHaveLength(1);
  expect(await state.openApprovals()).toEqual([]);
});

test('the same plan is asked about once, another plan of the same call replaces it, another call stands beside it', async () => {
  await using folder = await ownFolder();
  await using state = openedState(folder.path);
  const ids = async () => (await state.openApprovals()).map(({ id }) => id);
  await state.askApproval(approval('a1'));
  expect(await state.askApproval(approval('a2'))).toBe('a1');
  expect(await state.askApproval(approval('b1', { call: 'sha256:d', askedAt: '2026-01-01T00:00:01.000Z' }))).toBe('b1');
  expect(await ids()).toEqual(['a1', 'b1']);
  expect(await state.askApproval(approval('a3', { plan: 'sha256:2' }))).toBe('a3');
  expect((await ids()).sort()).toEqual(['a3', 'b1']);
  await expect(state.answerApproval('a1', said('ana'))).rejects.toMatchObject({ code: 'CONFIRMATION_STALE' });
});

test('one whose time is over is asked anew, and forgotten a day later', async () => {
  await using folder = await ownFolder();
  await using state = openedState(folder.path);
  await state.askApproval(approval('a1'));
  const later = (askedAt: string) => ({ askedAt, expiresAt: askedAt.replace('T00', 'T01') });
  expect(await state.askApproval(approval('a2', later('2026-01-01T00:16:00.000Z')))).toBe('a2');
  await state.askApproval(approval('b1', { call: 'sha256:d', ...later('2026-01-02T00:16:00.000Z') }));
  expect((await state.openApprovals()).map(({ id }) => id)).toEqual(['a2', 'b1']);
});

test('nobody answers twice, nor what was never asked', async () => {
  await using folder = await ownFolder();
  await using state = openedState(folder.path);
  await state.askApproval(approval('a1'));
  await state.answerApproval('a1', said('ana'));
  await expect(state.answerApproval('a1', said('ana'))).rejects.toMatchObject({ code: 'CONFLICT' });
  await expect(state.answerApproval('a9', said('ana'))).rejects.toMatchObject({ code: 'CONFIRMATION_STALE' });
});

test('only the first approver needs no approval, a name or key is taken once, and what a removed one said is void', async () => {
  await using folder = await ownFolder();
  await using state = openedState(folder.path);
  const one = (name: string, key = name) => ({ name, user: name, key, addedAt: askedAt, proof: {} });
  await state.addApprover(one('ana'));
  await expect(state.addApprover(one('eve'))).rejects.toMatchObject({ code: 'CONFLICT' });
  const spending = async (id: string) => {
    await state.askApproval(approval(id, { call: id }));
    return id;
  };
  await state.addApprover(one('bob'), await spending('p1'));
  await expect(state.addApprover(one('cid'), 'p1')).rejects.toMatchObject({ code: 'CONFIRMATION_STALE' });
  await expect(state.addApprover(one('bob', 'k2'), await spending('p2'))).rejects.toMatchObject({ code: 'CONFLICT' });
  await expect(state.addApprover(one('bert', 'bob'), 'p2')).rejects.toMatchObject({ code: 'CONFLICT' });
  await state.askApproval(approval('a1'));
  await state.answerApproval('a1', said('bob'));
  await state.removeApprover('bob', expiresAt, await spending('p3'));
  expect(await state.openApprovals()).toMatchObject([{ id: 'p2' }]);
  expect(await state.approvers()).toEqual([one('ana'), { ...one('bob'), removedAt: expiresAt }]);
  await expect(state.addApprover(one('bill', 'bob'), 'p2')).rejects.toMatchObject({ code: 'CONFLICT' });
});

test('what was confirmed is reserved only while it is what it was', async () => {
  await using folder = await ownFolder();
  await using state = openedState(folder.path);
  await state.reserve(reservation({ call: 'one', owner: 'ada' }));
  await state.askApproval(approval('a1'));
  const was = { type: 'cluster', id: 'c-one', owner: 'ada', generation: 1 } as const;
  for (const other of [{ owner: 'eve' }, { generation: 2 }, { id: 'c-two' }, { type: 'vm' as const }])
    await expect(
      state.reserve({ ...reservation({ name: 'x', nodes: 0, spends: 'a1' }), expects: [{ ...was, ...other }] }),
    ).rejects.toMatchObject({ code: 'CONFIRMATION_STALE' });
  expect(await state.openApprovals()).toHaveLength(1);
  await state.reserve({ ...reservation({ name: 'x', nodes: 0, spends: 'a1' }), expects: [was] });
  expect(await state.openApprovals()).toHaveLength(0);
});
