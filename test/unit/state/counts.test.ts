import { expect, test } from 'vitest';
import type { Bound } from '../../../src/state/index.ts';
import { ownFolder } from '../../support/folder.ts';
import { openedState, reservation } from '../../support/state.ts';

const settled = { status: 'failed', endedAt: '2026-01-01T00:00:00.000Z', drops: [], touches: [] } as const;
const bound = (per: Bound['per'], of: string, kind: string, most: number): Bound => ({
  ...{ per, of, kind, most, rule: 'p.yaml:1 room' },
});

test('what is defined counts for its owner, its project and the groups its owner was in', async () => {
  await using folder = await ownFolder();
  await using state = openedState(folder.path);
  await state.reserve(reservation({ name: 'red', groups: ['staff', 'course'] }));
  await state.reserve(reservation({ name: 'blue', owner: 'bob', groups: ['course'], nodes: 1 }));
  const vms = async (per: Bound['per'], of: string) => await state.used({ per, of }, 'vms');
  expect(await Promise.all([vms('person', 'ada'), vms('person', 'bob'), vms('person', 'eve')])).toEqual([2, 1, 0]);
  expect(await Promise.all([vms('group', 'staff'), vms('group', 'course'), vms('group', '')])).toEqual([2, 3, 0]);
  expect(await Promise.all([vms('project', 'demo'), vms('project', 'other')])).toEqual([3, 0]);
  expect(await state.used({ per: 'person', of: 'ada' }, 'memory_mb')).toBe(128);
  expect(await state.used({ per: 'person', of: 'ada' }, 'vcpus')).toBe(2);
});

test('names of prototypes are names', async () => {
  await using folder = await ownFolder();
  await using state = openedState(folder.path);
  for (const owner of ['__proto__', 'constructor', "o'brien"]) {
    await state.reserve(reservation({ owner, groups: [owner], nodes: 1 }));
    expect(await state.used({ per: 'person', of: owner }, 'vms')).toBe(1);
    expect(await state.used({ per: 'group', of: owner }, 'vms')).toBe(1);
  }
  expect(await state.used({ per: 'person', of: 'toString' }, 'vms')).toBe(0);
});

test('a disk that is kept goes on counting, and is not counted twice when it is used again', async () => {
  await using folder = await ownFolder();
  await using state = openedState(folder.path);
  const room = { bounds: [bound('person', 'ada', 'disk_gb', 2)] };
  const first = { ...reservation({ name: 'red' }), ...room };
  await state.reserve(first);
  const used = async () => await state.used({ per: 'person', of: 'ada' }, 'disk_gb');
  expect(await used()).toBe(2);
  const id = first.creates[0]?.cluster.id ?? '';
  await state.settle(first.intent.id, { ...settled, status: 'done', drops: [{ type: 'cluster', id, disks: 'kept' }] });
  expect(await used()).toBe(2);
  expect(await state.used({ per: 'person', of: 'ada' }, 'vms')).toBe(0);
  await expect(state.reserve({ ...reservation({ name: 'blue', nodes: 1 }), ...room })).rejects.toMatchObject({
    code: 'LIMIT_EXCEEDED',
    message: expect.stringContaining('You have 2 GB of disk, this wants 1 more, and 2 are allowed (p.yaml:1 room).'),
  });
  const again = { ...reservation({ name: 'red' }), ...room };
  await state.reserve(again);
  expect(await used()).toBe(2);
  for (const vm of await state.nodes(again.creates[0]?.cluster.id ?? '')) await state.releaseDisks(vm.id, 'gone');
  expect(await used()).toBe(0);
});

test('any kind of thing can be counted, until it is gone or did not come to be', async () => {
  await using folder = await ownFolder();
  await using state = openedState(folder.path);
  const snapshot = (call: string, thing: string) => ({
    ...{ ...reservation({ call }), creates: [], bounds: [bound('person', 'ada', 'snapshots', 1)] },
    counts: [{ thing, kind: 'snapshots', amount: 1 }],
  });
  await state.reserve(snapshot('one', 'snapshot 1'));
  await expect(state.reserve(snapshot('two', 'snapshot 2'))).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  expect(await state.byId('job', 'two')).toBeUndefined();
  await state.settle('one', { ...settled, uncounts: ['snapshot 1'] });
  await state.reserve(snapshot('three', 'snapshot 3'));
  expect(await state.used({ per: 'person', of: 'ada' }, 'snapshots')).toBe(1);
});

test('jobs that run are counted, and only those', async () => {
  await using folder = await ownFolder();
  await using state = openedState(folder.path);
  const job = (call: string) => ({
    ...{ ...reservation({ call, groups: ['g'] }), creates: [], bounds: [bound('group', 'g', 'running_jobs', 1)] },
  });
  await state.reserve(job('one'));
  await expect(state.reserve(job('two'))).rejects.toMatchObject({
    message:
      'Group "g" has 1 running jobs, this wants 1 more, and 1 are allowed (p.yaml:1 room). Wait for a job, or cancel one.',
  });
  await state.settle('one', settled);
  await state.reserve(job('two'));
});

test('of 64 who want the last place at once, over two connections, one gets it', async () => {
  await using folder = await ownFolder();
  await using one = openedState(folder.path);
  await using two = openedState(folder.path);
  const bounds = [bound('project', 'demo', 'vms', 3)];
  await one.reserve(reservation({ name: 'first', bounds }));
  const all = Array.from({ length: 64 }, (_, at) =>
    (at % 2 ? one : two).reserve(reservation({ name: `c${at}`, owner: `o${at}`, nodes: 1, bounds })),
  );
  const ended = await Promise.allSettled(all);
  expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const end of ended)
    if (end.status === 'rejected') expect(end.reason).toMatchObject({ code: 'LIMIT_EXCEEDED', details: { have: 3 } });
  expect(await one.used({ per: 'project', of: 'demo' }, 'vms')).toBe(3);
});

test('what is handed over counts for its new owner alone, with disks and groups, and is shared no more', async () => {
  await using folder = await ownFolder();
  await using state = openedState(folder.path);
  const given = reservation({ name: 'red', groups: ['staff'] });
  const id = given.creates[0]?.cluster.id ?? '';
  await state.reserve(given);
  await state.share(id, { with: 'user', name: 'bob' }, 'own');
  await state.share(id, { with: 'group', name: 'staff' }, 'look');
  const bob = { user: 'bob', groups: ['course'] };
  await expect(state.handOver(id, bob, [bound('person', 'bob', 'disk_gb', 1)])).rejects.toMatchObject({
    ...{ code: 'LIMIT_EXCEEDED', details: { have: 0, want: 2, most: 1 } },
  });
  expect(await state.byId('cluster', id)).toMatchObject({ owner: 'ada' });
  await state.handOver(id, bob, [bound('person', 'bob', 'vms', 2), bound('group', 'course', 'vms', 2)]);
  expect(await state.byId('cluster', id)).toMatchObject({ owner: 'bob' });
  expect((await state.byId('cluster', id))?.shares).toBeUndefined();
  expect((await state.nodes(id)).map(({ owner }) => owner)).toEqual(['bob', 'bob']);
  expect(await state.disk('/overlays/ada/red/n0.qcow2')).toMatchObject({ owner: 'bob' });
  for (const kind of ['vms', 'vcpus', 'memory_mb', 'disk_gb'])
    expect(await state.used({ per: 'person', of: 'ada' }, kind)).toBe(0);
  expect(await state.used({ per: 'group', of: 'staff' }, 'vms')).toBe(0);
  expect(await state.used({ per: 'group', of: 'course' }, 'disk_gb')).toBe(2);
});

test('nobody gets a second cluster of a name by taking one', async () => {
  await using folder = await ownFolder();
  await using state = openedState(folder.path);
  const given = reservation({ name: 'red' });
  await state.reserve(given);
  await state.reserve(reservation({ name: 'red', owner: 'bob' }));
  await expect(
    state.handOver(given.creates[0]?.cluster.id ?? '', { user: 'bob', groups: [] }, []),
  ).rejects.toMatchObject({ code: 'CONFLICT', message: 'You have a cluster "red" already. Destroy it first.' });
});
