import { describe, expect, test } from 'vitest';
import { asKeeper } from '../../src/kernel/lease-keeper.ts';
import type { Principal } from '../../src/sdk/index.ts';
import { handClock } from '../support/clock.ts';
import { ownFolder } from '../support/folder.ts';
import { type LabOptions, labFiles, me, openLab, type TestLab } from '../support/lab.ts';

const lease = { default_h: 48, longest_h: 100, extensions: 2, grace_h: 12 };
const policies = (limits: readonly object[] = [{ id: 'lease', per: 'person', lease }]) => [
  {
    version: 1,
    roles: {
      owner: {
        allow: [
          { actions: ['*'], on: ['cluster', 'vm', 'job'], where: { owner: '$me' } },
          { actions: ['inspect'], on: ['lab', 'host'] },
        ],
        limits,
      },
      chief: { allow: [{ actions: ['*'], on: ['cluster', 'vm', 'job', 'host', 'lab'] }] },
    },
    bindings: [
      { role: 'owner', users: [me.user, 'bob'] },
      { role: 'chief', users: ['carl'] },
    ],
  },
];
const chief: Principal = { user: 'carl', groups: [], via: 'stdio' };

/** A lab with one leased cluster that runs, and a clock that stands until it is told. */
async function leased(more: LabOptions = {}) {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await ownFolder());
  const files = await labFiles(folder.path, { policies: policies(), ...more });
  const hand = handClock();
  const first = await openLab(files, { clock: hand.clock });
  expect(await first.ask('cluster_define', { topology_name: 'solo' })).toMatchObject({ ok: true });
  expect(await first.ask('cluster_start', { cluster_name: 'solo' })).toMatchObject({ ok: true });
  const now = { lab: first };
  opened.defer(() => now.lab[Symbol.asyncDispose]());
  const resources = opened.move();
  return {
    ...{ hand, files, folder: folder.path },
    get lab() {
      return now.lab;
    },
    /** The next server on the same state. */
    async restart(clock = hand.clock) {
      await now.lab[Symbol.asyncDispose]();
      now.lab = await openLab(files, { clock });
    },
    async pass(hours: number) {
      hand.pass(hours);
      await now.lab.kernel.leases.tick();
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

const never = new AbortController().signal;
const solo = { cluster_name: 'solo' };
const shown = async (lab: TestLab) => {
  const listed = await lab.ask('cluster_list');
  if (!listed.ok) throw listed.error;
  const { clusters } = listed.data as { clusters: { running: number; lease?: string; purge_at?: string }[] };
  const [one] = clusters;
  return one && [one.lease, one.running, one.purge_at === undefined ? 'here' : 'trash'];
};
const refused = (code: string, message: string) => ({
  ok: false,
  error: { code, message: expect.stringContaining(message) },
});

test('a cluster is warned about, stopped, put into the trash and purged, each step in the log under a name of its own', async () => {
  await using it = await leased();
  expect(await shown(it.lab)).toEqual(['active', 1, 'here']);
  await it.pass(35);
  expect(await shown(it.lab)).toEqual(['active', 1, 'here']);
  await it.pass(2);
  expect(await shown(it.lab)).toEqual(['warned', 1, 'here']);
  expect(await it.lab.ask('lab_status')).toMatchObject({
    data: { leases: [{ cluster_name: 'solo', stage: 'warned', next: 'stop', next_at: it.hand.inHours(11) }] },
  });
  await it.pass(11);
  expect(await shown(it.lab)).toEqual(['stopped', 0, 'here']);
  await it.pass(11);
  expect(await shown(it.lab)).toEqual(['stopped', 0, 'here']);
  await it.pass(2);
  expect(await shown(it.lab)).toEqual(['stopped', 0, 'trash']);
  expect(it.lab.kernel.leases.pending).toBe(1);
  await it.pass(23);
  expect(await shown(it.lab)).toEqual(['stopped', 0, 'trash']);
  await it.pass(2);
  expect(await shown(it.lab)).toBeUndefined();
  expect(it.lab.kernel.leases.pending).toBe(0);
  expect(await it.lab.world('vm/')).toEqual([]);
  expect(await it.lab.world('disk/')).toEqual([]);
  const mine = (await it.lab.records()).filter(({ who }) => who?.user === 'system:lease');
  expect(mine.map(({ kind, act }) => `${kind} ${act}`)).toEqual([
    'effect lease-warned',
    ...['cluster_stop', 'cluster_trash', 'cluster_destroy'].flatMap((tool) => [`intent ${tool}`, `outcome ${tool}`]),
  ]);
  expect(mine.find(({ kind }) => kind === 'intent')?.decision?.rule).toContain('(kernel) lease-ends');
});

test('however late somebody looks, no step is skipped and each has its time', async () => {
  await using it = await leased();
  await it.pass(10_000);
  expect(await shown(it.lab)).toEqual(['stopped', 0, 'here']);
  await it.pass(11);
  expect(await shown(it.lab)).toEqual(['stopped', 0, 'here']);
  await it.pass(10_000);
  expect(await shown(it.lab)).toEqual(['stopped', 0, 'trash']);
  await it.pass(23);
  expect(await shown(it.lab)).toEqual(['stopped', 0, 'trash']);
});

test('a lease goes on in the next server, also after its host was off', async () => {
  await using it = await leased();
  await it.pass(20);
  it.hand.pass(30);
  await it.restart(it.hand.rebooted());
  await it.lab.kernel.leases.tick();
  expect(await shown(it.lab)).toEqual(['stopped', 0, 'here']);
});

describe('extending', () => {
  test('goes as far and as often as policy says, and says both', async () => {
    await using it = await leased();
    const extend = (hours: number, extra = {}) => it.lab.ask('lease_extend', { ...solo, hours }, extra);
    expect(await extend(53)).toMatchObject(
      refused('LIMIT_EXCEEDED', 'It would stay for 101 hours from now, and 100 are allowed (policy-0.yaml:'),
    );
    expect(await extend(53)).toMatchObject({ error: { message: expect.stringContaining('At most 52 more hours') } });
    expect(await extend(52)).toMatchObject({
      data: { cluster_name: 'solo', expires_at: it.hand.inHours(100), extensions_left: 1 },
    });
    await it.pass(99);
    expect(await shown(it.lab)).toEqual(['warned', 1, 'here']);
    expect(await extend(24)).toMatchObject({ data: { extensions_left: 0 } });
    expect(await shown(it.lab)).toEqual(['active', 1, 'here']);
    expect(await extend(1)).toMatchObject(refused('LIMIT_EXCEEDED', 'It was extended 2 times, and 2 are allowed'));
    expect(await it.lab.ask('lease_show', solo)).toEqual({
      ok: true,
      data: {
        ...{ cluster_name: 'solo', stage: 'active', expires_at: it.hand.inHours(25), next: 'stop' },
        ...{ next_at: it.hand.inHours(25), extensions: 2, extensions_left: 0, longest_hours: 100 },
      },
    });
    expect(await extend(500, { principal: chief })).toMatchObject({ ok: true });
  });

  test('brings back to life what was stopped, which does not start before', async () => {
    await using it = await leased();
    await it.pass(49);
    expect(await it.lab.ask('cluster_start', solo)).toMatchObject(
      refused('LIMIT_EXCEEDED', 'lease_extend gives it more time'),
    );
    expect(await it.lab.ask('lease_extend', { ...solo, hours: 5 })).toMatchObject({
      data: { expires_at: it.hand.inHours(5) },
    });
    expect(await it.lab.ask('cluster_start', solo)).toMatchObject({ ok: true });
    await it.pass(4);
    expect(await shown(it.lab)).toEqual(['warned', 1, 'here']);
  });

  test('comes in time while the lab’s own call to stop it waits for its turn', async () => {
    await using it = await leased();
    const [{ id = '' } = {}] = await it.lab.lab.state.named('cluster', 'solo');
    it.hand.pass(49);
    expect(await it.lab.ask('lease_extend', { ...solo, hours: 5 })).toMatchObject({ ok: true });
    const due = await asKeeper(it.lab.lab, 'cluster_stop', { cluster_name: id, mode: 'shutdown' }, never);
    expect(due).toMatchObject(refused('CONFLICT', 'it is not the time to stop it'));
    expect(await shown(it.lab)).toEqual(['active', 1, 'here']);
  });

  test('needs a lease', async () => {
    await using it = await leased({ policies: policies([]) });
    expect(await it.lab.ask('lease_extend', { ...solo, hours: 5 })).toMatchObject(refused('CONFLICT', 'has no lease'));
    expect(await it.lab.ask('lease_show', solo)).toMatchObject({ data: { expires_at: null, extensions: 0 } });
    await it.pass(100_000);
    expect(await shown(it.lab)).toEqual([undefined, 1, 'here']);
    expect(it.lab.kernel.leases.pending).toBe(0);
  });
});

describe('the trash', () => {
  test('keeps what was restored and put there again for its whole time', async () => {
    await using it = await leased();
    const [{ id = '' } = {}] = await it.lab.lab.state.named('cluster', 'solo');
    await it.lab.ask('cluster_stop', solo);
    await it.lab.ask('cluster_trash', solo);
    it.hand.pass(25);
    expect(await it.lab.ask('cluster_restore', solo)).toMatchObject({ ok: true });
    expect(await it.lab.ask('cluster_trash', solo)).toMatchObject({ ok: true });
    const purge = { cluster_name: id, remove_overlays: true };
    const due = await asKeeper(it.lab.lab, 'cluster_destroy', purge, never);
    expect(due).toMatchObject(refused('CONFLICT', 'it is not the time to destroy it'));
    expect(await it.lab.world('disk/')).toHaveLength(1);
  });

  test('gives back what its owner put there, and changes nothing else of it meanwhile', async () => {
    await using it = await leased({ policies: policies([{ id: 'two', per: 'person', vms: 1 }]) });
    expect(await it.lab.ask('cluster_trash', solo)).toMatchObject(
      refused('CONFLICT', 'a is running. cluster_stop first.'),
    );
    await it.lab.ask('cluster_stop', solo);
    expect(await it.lab.ask('cluster_trash', solo)).toMatchObject({ data: { purge_at: it.hand.inHours(24) } });
    const lies = refused('CONFLICT', `lies in the trash until ${it.hand.inHours(24)}. cluster_restore brings it back`);
    for (const [tool, args] of [
      ['cluster_start', solo],
      ['cluster_trash', solo],
      ['cluster_define', { topology_name: 'solo' }],
      ['lease_extend', { ...solo, hours: 1 }],
      ['cluster_share', { ...solo, with: 'bob', access: 'use' }],
    ] as const)
      expect(await it.lab.ask(tool, args)).toMatchObject(lies);
    // It still counts.
    expect(await it.lab.ask('cluster_define', { topology_name: 'red' })).toMatchObject({
      error: { code: 'LIMIT_EXCEEDED', details: { have: 1, want: 2, most: 1 } },
    });
    await it.pass(23);
    expect(await it.lab.ask('cluster_restore', solo)).toMatchObject({ ok: true });
    expect(await it.lab.ask('cluster_restore', solo)).toMatchObject(refused('CONFLICT', 'does not lie in the trash'));
    await it.pass(100);
    expect(await it.lab.ask('cluster_start', solo)).toMatchObject({ ok: true });
  });

  test('can be emptied by hand', async () => {
    await using it = await leased();
    await it.lab.ask('cluster_stop', solo);
    await it.lab.ask('cluster_trash', solo);
    expect(await it.lab.agree('cluster_destroy', { ...solo, remove_overlays: true })).toMatchObject({ ok: true });
    expect(await shown(it.lab)).toBeUndefined();
  });

  test('of no hours is no trash, and then no lease takes anything away', async () => {
    await using it = await leased({ leases: { trash_h: 0 } });
    await it.pass(100);
    expect(await it.lab.ask('cluster_trash', solo)).toMatchObject(refused('UNSUPPORTED', 'keeps no trash'));
    for (let day = 0; day < 3; day += 1) await it.pass(1_000);
    expect(await shown(it.lab)).toEqual(['stopped', 0, 'here']);
    expect(it.lab.kernel.leases.pending).toBe(0);
  });

  test('gives a leased cluster its time of grace again', async () => {
    await using it = await leased();
    await it.pass(49);
    await it.pass(13);
    expect(await shown(it.lab)).toEqual(['stopped', 0, 'trash']);
    await it.lab.ask('cluster_restore', solo);
    await it.pass(11);
    expect(await shown(it.lab)).toEqual(['stopped', 0, 'here']);
    await it.pass(2);
    expect(await shown(it.lab)).toEqual(['stopped', 0, 'trash']);
  });
});

describe('guests that do not stop when they are asked', () => {
  const deaf = [{ at: 'power.shutdown', of: 'a', how: 'fail' }];

  test('lose their power after a while', async () => {
    await using it = await leased({ faults: deaf });
    await it.pass(49);
    expect(await shown(it.lab)).toEqual(['warned', 1, 'here']);
    await it.pass(0.1);
    expect(await shown(it.lab)).toEqual(['warned', 1, 'here']);
    await it.pass(0.1);
    expect(await shown(it.lab)).toEqual(['stopped', 0, 'here']);
  });

  test('keep it when they are protected, whatever time passes', async () => {
    await using it = await leased({ faults: deaf, protects: ['solo'] });
    for (let day = 0; day < 5; day += 1) await it.pass(24);
    expect(await shown(it.lab)).toEqual(['warned', 1, 'here']);
  });
});

test('what is protected is stopped, and nothing more', async () => {
  await using it = await leased({ protects: ['solo'] });
  for (let day = 0; day < 10; day += 1) await it.pass(24);
  expect(await shown(it.lab)).toEqual(['stopped', 0, 'here']);
  expect(it.lab.kernel.leases.pending).toBe(0);
});

test('what fails is tried again, and not all the time', async () => {
  await using it = await leased({
    faults: [{ at: 'power.shutdown', of: 'a', how: 'fail' }],
    leases: { cut_after_m: 1440 },
  });
  await it.pass(49);
  const attempts = async () =>
    (await it.lab.records()).filter(({ who, kind }) => who?.via === 'system' && kind === 'outcome').length;
  expect(await attempts()).toBe(1);
  for (let minute = 0; minute < 60; minute += 1) await it.pass(1 / 60);
  expect(await attempts()).toBeLessThan(20);
});
