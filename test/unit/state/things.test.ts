import { expect, test } from 'vitest';
import { openState } from '../../../src/state/index.ts';
import { ownFolder } from '../../support/folder.ts';
import { openedState, reservation } from '../../support/state.ts';

const settled = { status: 'failed', endedAt: '2026-01-01T00:00:00.000Z', drops: [], touches: [] } as const;

test('what was reserved is there, whole, after the next start', async () => {
  await using folder = await ownFolder();
  const wanted = reservation();
  const [creation] = wanted.creates;
  const first = openState(folder.path);
  await first.reserve(wanted);
  await first.close();
  await using state = openedState(folder.path);
  expect(await state.named('cluster', 'red')).toEqual([creation?.cluster]);
  expect(await state.nodes(creation?.cluster.id ?? '')).toEqual(creation?.nodes);
  expect(await state.named('vm', 'red/n1')).toEqual([creation?.nodes[1]]);
  expect(await state.unsettled()).toEqual([wanted.intent]);
  expect(await state.byId('job', wanted.intent.id)).toMatchObject({ status: 'running', tool: 'cluster_define' });
});

test('a name is taken once by each owner', async () => {
  await using folder = await ownFolder();
  await using state = openedState(folder.path);
  await state.reserve(reservation({ owner: 'ada' }));
  await state.reserve(reservation({ owner: 'bob' }));
  const again = reservation({ owner: 'ada', overlays: '/elsewhere' });
  await expect(state.reserve(again)).rejects.toMatchObject({
    code: 'CONFLICT',
    message: 'You have a cluster "red" already.',
  });
  expect((await state.named('cluster', 'red')).map(({ owner }) => owner).sort()).toEqual(['ada', 'bob']);
  // Nothing of a refused call stays behind.
  expect(await state.byId('job', again.intent.id)).toBeUndefined();
  expect(await state.disk('/elsewhere/n0.qcow2')).toBeUndefined();
});

test('nobody gets more VMs than allowed, whoever looked before', async () => {
  await using folder = await ownFolder();
  await using state = openedState(folder.path);
  await state.reserve(reservation({ name: 'red', most: 3 }));
  await state.reserve(reservation({ name: 'red', owner: 'bob', most: 3 }));
  await expect(state.reserve(reservation({ name: 'blue', most: 3 }))).rejects.toMatchObject({
    code: 'LIMIT_EXCEEDED',
    message: expect.stringContaining('You have 2 VMs, this wants 2 more, and 3 are allowed (p.yaml:1 few).'),
    details: { have: 2, want: 2, most: 3, rule: 'p.yaml:1 few', per: 'person', of: 'ada', kind: 'vms' },
  });
  expect(await state.named('cluster', 'blue')).toEqual([]);
  await state.reserve(reservation({ name: 'blue', nodes: 1, most: 3 }));
});

test('a call is settled once: what comes later changes nothing', async () => {
  await using folder = await ownFolder();
  await using state = openedState(folder.path);
  const wanted = reservation();
  const { cluster } = wanted.creates[0] ?? { cluster: { id: '' } };
  const { id } = wanted.intent;
  await state.reserve(wanted);
  await state.note(id, { step: 'one', data: { n: 1 } });
  await state.note(id, { step: 'two', data: {} });
  expect(await state.notes(id)).toEqual([
    { step: 'one', data: { n: 1 } },
    { step: 'two', data: {} },
  ]);
  const touches = [{ type: 'cluster', id: cluster.id }] as const;
  await state.settle(id, { ...settled, status: 'done', result: { a: 1 }, touches });
  await state.settle(id, { ...settled, drops: [{ type: 'cluster', id: cluster.id, disks: 'kept' }], touches });
  expect(await state.byId('job', id)).toMatchObject({ status: 'done', result: { a: 1 } });
  expect(await state.byId('cluster', cluster.id)).toMatchObject({ generation: 2 });
  expect(await state.notes(id)).toEqual([]);
  expect(await state.unsettled()).toEqual([]);
});

test('a name that was dropped is free', async () => {
  await using folder = await ownFolder();
  await using state = openedState(folder.path);
  const first = reservation();
  await state.reserve(first);
  const id = first.creates[0]?.cluster.id ?? '';
  await state.settle(first.intent.id, { ...settled, drops: [{ type: 'cluster', id, disks: 'before' }] });
  expect(await state.all('cluster')).toEqual([]);
  expect(await state.all('vm')).toEqual([]);
  await state.reserve(reservation({ image: '/images/other.qcow2' }));
});

test('one plugin does not see what another one keeps', async () => {
  await using folder = await ownFolder();
  await using state = openedState(folder.path);
  const [one, other] = [state.cabinet('one'), state.cabinet('other')];
  await one.set('vm/1', { a: [1, null] });
  await one.set('vm/1', { a: 2 });
  await one.set('vn', 1);
  await one.set('vm/%', 1);
  await other.set('vm/2', 1);
  expect(await one.list('vm/')).toEqual(['vm/%', 'vm/1']);
  expect(await one.list('vm/%')).toEqual(['vm/%']);
  expect(await one.get('vm/1')).toEqual({ a: 2 });
  expect(await other.get('vm/1')).toBeUndefined();
  await other.remove('vm/1');
  expect(await one.get('vm/1')).toEqual({ a: 2 });
});

test("a list of jobs has all that run and each owner's newest, without their answers", async () => {
  await using folder = await ownFolder();
  await using state = openedState(folder.path);
  const job = async (owner: string, minute: number, settle: boolean) => {
    const { intent, ...rest } = reservation({ owner });
    const startedAt = new Date(Date.UTC(2030, 0, 1, 0, minute)).toISOString();
    await state.reserve({ ...rest, intent: { ...intent, startedAt }, creates: [] });
    if (settle) await state.settle(intent.id, { ...settled, status: 'done', result: { stdout: 'x' } });
    return intent.id;
  };
  const running = await job('bob', 0, false);
  const hidden = await job('bob', 1, true);
  const mine = await job('ada', 2, true);
  for (let minute = 3; minute < 503; minute += 1) await job('bob', minute, true);
  const all = await state.all('job');
  expect(all).toHaveLength(502);
  expect(all.slice(-2).map(({ id }) => id)).toEqual([mine, running]);
  expect(all.map(({ id }) => id)).not.toContain(hidden);
  expect(all.filter((one) => 'result' in one || 'error' in one)).toEqual([]);
  expect(await state.byId('job', mine)).toMatchObject({ result: { stdout: 'x' } });
});
