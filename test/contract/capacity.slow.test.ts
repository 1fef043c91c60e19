import { describe, expect, test } from 'vitest';
import { ownFolder } from '../support/folder.ts';
import { type LabOptions, labFiles, openLab } from '../support/lab.ts';

const clusters = {
  ...{ one: ['a', 'b'], two: ['a', 'b'], three: ['a', 'b'] },
  huge: Array.from({ length: 64 }, (_, at) => `n${at}`),
};

/** Every machine has 64 MB and one vCPU, and no disk worth speaking of. */
async function small(capacity: LabOptions['capacity'], more: LabOptions = {}) {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await ownFolder());
  const lab = opened.use(
    await openLab(await labFiles(folder.path, { clusters, ...(capacity && { capacity }), ...more })),
  );
  const resources = opened.move();
  const start = (cluster_name: string) => lab.ask('cluster_start', { cluster_name });
  return { ...lab, start, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

const define = async (lab: Awaited<ReturnType<typeof small>>, ...names: readonly string[]) => {
  for (const topology_name of names)
    expect(await lab.ask('cluster_define', { topology_name })).toMatchObject({ ok: true });
};

test('more than a host has is not even defined, and one sentence says why', async () => {
  await using lab = await small({ memoryMb: 1024 });
  expect(await lab.ask('cluster_define', { topology_name: 'huge' })).toMatchObject({
    error: {
      code: 'LIMIT_EXCEEDED',
      message:
        'Host "main" has 1024 MB of memory for VMs, what runs or is just being started takes 0, and this wants 4096 more. Stop something, or use fewer or smaller nodes.',
      details: { provider: 'main', kind: 'memoryMb', has: 1024, runs: 0, wants: 4096 },
    },
  });
  expect(await lab.ask('cluster_list')).toMatchObject({ data: { clusters: [] } });
});

test('who may not see the host is not told what others run on it', async () => {
  const own = (actions: readonly string[]) => ({ actions, on: ['cluster', 'vm'], where: { owner: '$me' } });
  const policy = {
    version: 1,
    roles: { blind: { allow: [own(['*'])] } },
    bindings: [{ role: 'blind', users: ['*'] }],
  };
  await using lab = await small({ memoryMb: 200 }, { policies: [policy] });
  await define(lab, 'one');
  expect(await lab.start('one')).toMatchObject({ ok: true });
  const principal = { user: 'bob', groups: [], via: 'stdio' } as const;
  expect(await lab.ask('cluster_define', { topology_name: 'two' }, { principal })).toMatchObject({ ok: true });
  expect(await lab.ask('cluster_start', { cluster_name: 'two' }, { principal })).toEqual({
    ok: false,
    error: expect.objectContaining({
      code: 'LIMIT_EXCEEDED',
      message:
        'Host "main" has no room for 128 MB of memory more. Stop something, use fewer or smaller nodes, or try again later.',
      details: { provider: 'main', kind: 'memoryMb', wants: 128 },
    }),
  });
});

test('what is defined may be more than fits at once; what is started may not', async () => {
  await using lab = await small({ memoryMb: 300 });
  await define(lab, 'one', 'two', 'three');
  expect(await lab.start('one')).toMatchObject({ ok: true });
  expect(await lab.start('two')).toMatchObject({ ok: true });
  expect(await lab.start('three')).toMatchObject({
    error: { code: 'LIMIT_EXCEEDED', details: { has: 300, runs: 256, wants: 128 } },
  });
  // What runs already wants nothing more.
  expect(await lab.start('one')).toMatchObject({ ok: true });
  await lab.ask('cluster_stop', { cluster_name: 'one' });
  expect(await lab.start('three')).toMatchObject({ ok: true });
});

test('of several that start at once only as many as fit do', async () => {
  await using lab = await small({ memoryMb: 300 });
  await define(lab, 'one', 'two', 'three');
  const ended = await Promise.all(['one', 'two', 'three'].map(lab.start));
  expect(ended.filter(({ ok }) => ok)).toHaveLength(2);
  expect(ended.find(({ ok }) => !ok)).toMatchObject({ error: { code: 'LIMIT_EXCEEDED' } });
});

test('a start that failed gives its room back', async () => {
  await using lab = await small({ memoryMb: 140 }, { faults: [{ at: 'power.start', of: 'b', how: 'fail' }] });
  await define(lab, 'one', 'two');
  expect(await lab.start('one')).toMatchObject({ ok: false, error: { code: 'PROVIDER_FAILED' } });
  await lab.agree('cluster_stop', { cluster_name: 'one', mode: 'destroy' });
  expect(await lab.start('two')).toMatchObject({ ok: false, error: { code: 'PROVIDER_FAILED' } });
});

describe('more may be promised than there is, as the admin says', () => {
  test('of memory', async () => {
    await using lab = await small({ memoryMb: 128 }, { overcommit: { memory_overcommit: 2 } });
    await define(lab, 'one', 'two');
    for (const name of ['one', 'two']) expect(await lab.start(name)).toMatchObject({ ok: true });
  });

  test('and of vCPUs, of which there may be too few', async () => {
    await using lab = await small({ vcpus: 3 });
    await define(lab, 'one', 'two');
    expect(await lab.start('one')).toMatchObject({ ok: true });
    expect(await lab.start('two')).toMatchObject({ error: { details: { kind: 'vcpus', has: 3, runs: 2, wants: 2 } } });
  });
});

test('a host that cannot say what it has is not asked', async () => {
  await using lab = await small({ memoryMb: 1 }, { without: { capacity: 'It cannot count.' } });
  await define(lab, 'one');
  expect(await lab.start('one')).toMatchObject({ ok: true });
});
