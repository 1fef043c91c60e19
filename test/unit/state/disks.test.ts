import { afterEach, beforeEach, expect, test } from 'vitest';
import type { State } from '../../../src/state/index.ts';
import { ownFolder } from '../../support/folder.ts';
import { openedState, reservation } from '../../support/state.ts';

const path = '/overlays/shared/n0.qcow2';
const on = { overlays: '/overlays/shared', nodes: 1 };

let opened: AsyncDisposableStack;
let state: State;

beforeEach(async () => {
  opened = new AsyncDisposableStack();
  state = opened.use(openedState(opened.use(await ownFolder()).path));
});
afterEach(() => opened.disposeAsync());

/** Reserves a cluster whose one disk is `path`, and answers its call and VM. */
async function taken(wanted: Parameters<typeof reservation>[0] = {}) {
  const whole = reservation({ ...on, ...wanted });
  await state.reserve(whole);
  const [creation] = whole.creates;
  const [vm] = creation?.nodes ?? [];
  if (!creation || !vm) throw new Error('There is one.');
  const drop = (disks: 'kept' | 'before') =>
    state.settle(whole.intent.id, {
      ...{ status: 'failed', endedAt: whole.intent.startedAt, touches: [] },
      drops: [{ type: 'cluster', id: creation.cluster.id, disks }],
    });
  return { vm, drop };
}

test('a kept disk goes back to its owner, and to nobody else', async () => {
  const { vm, drop } = await taken();
  await state.releaseDisks(vm.id, 'kept');
  await drop('kept');
  expect(await state.disk(path)).toEqual({
    path,
    owner: 'ada',
    project: 'demo',
    image: '/images/base.qcow2',
    made: false,
  });
  await expect(taken({ owner: 'eve' })).rejects.toMatchObject({ code: 'CONFLICT' });
  const again = await taken();
  expect(await state.disk(path)).toMatchObject({ vmId: again.vm.id, owner: 'ada' });
});

test('a disk that a VM has is not free, not even for another of the same owner', async () => {
  await taken();
  await expect(taken({ name: 'blue' })).rejects.toMatchObject({
    code: 'CONFLICT',
    message: `The disk ${path} is not free; give the topology another overlay_dir or cluster_name.`,
  });
});

test('a kept disk never gets under another image', async () => {
  const { drop } = await taken();
  await drop('kept');
  await expect(taken({ image: '/images/other.qcow2' })).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('was kept from another image (/images/base.qcow2)'),
  });
});

test('a disk that is gone is free for everybody', async () => {
  const { vm, drop } = await taken();
  await state.releaseDisks(vm.id, 'gone');
  await drop('kept');
  expect(await state.disk(path)).toBeUndefined();
  await taken({ owner: 'eve', image: '/images/other.qcow2' });
});

test('a draft that came to nothing leaves disks as they were before', async () => {
  const fresh = await taken();
  await fresh.drop('before');
  expect(await state.disk(path)).toBeUndefined();
  const kept = await taken();
  await kept.drop('kept');
  const reused = await taken();
  await reused.drop('before');
  expect(await state.disk(path)).toMatchObject({ owner: 'ada' });
  expect(await state.disk(path)).not.toHaveProperty('vmId');
});

test('a disk that was once used stays its owner’s, whatever is undone', async () => {
  const { vm } = await taken();
  await state.useDisks(vm.id);
  await state.releaseDisks(vm.id, 'before');
  expect(await state.disk(path)).toMatchObject({ owner: 'ada' });
});

test('a VM that is dropped while it has disks leaves them to its owner', async () => {
  const { drop } = await taken();
  await drop('kept');
  expect(await state.disk(path)).toMatchObject({ owner: 'ada' });
  expect(await state.disk(path)).not.toHaveProperty('vmId');
});

test('taking twice is taking once', async () => {
  const { vm } = await taken();
  await state.takeDisks(vm);
  await state.releaseDisks(vm.id, 'before');
  expect(await state.disk(path)).toBeUndefined();
});

test('a disk is labwarden’s once its making begins, also when it is kept and taken again', async () => {
  const { vm, drop } = await taken();
  expect(await state.disk(path)).toMatchObject({ made: false });
  await state.makeDisks(vm.id);
  expect(await state.disk(path)).toMatchObject({ made: true });
  await drop('kept');
  await taken();
  expect(await state.disk(path)).toMatchObject({ made: true });
});
