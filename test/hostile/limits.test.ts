import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/kernel/call/steps.ts';
import type { Principal } from '../../src/sdk/index.ts';
import { handClock } from '../support/clock.ts';
import { ownFolder } from '../support/folder.ts';
import { type LabFiles, labFiles, openLab, type TestLab } from '../support/lab.ts';

const lease = { default_h: 10, longest_h: 40, extensions: 3, grace_h: 5 };
const policy = {
  version: 1,
  roles: {
    all: {
      limits: [
        { id: 'own', per: 'person', vms: 5, lease },
        { id: 'course', per: 'group', group: 'course', vms: 6 },
        { id: 'often', per: 'group', group: 'chatty', calls_per_minute: 20 },
      ],
    },
  },
  bindings: [
    { role: 'user', users: ['*'] },
    { role: 'all', users: ['*'] },
  ],
};
const person = (user: string, ...groups: readonly string[]): { readonly principal: Principal } => ({
  principal: { user, groups, via: 'stdio' },
});
const [ana, bob, eve] = [person('ana'), person('bob'), person('eve')];
const names = Array.from({ length: 64 }, (_, at) => `c${at}`);
const clusters = {
  ...Object.fromEntries(names.map((name) => [name, ['a']])),
  four: ['a', 'b', 'c', 'd'],
  three: ['a', 'b', 'c'],
};

let folder: Awaited<ReturnType<typeof ownFolder>>;
let files: LabFiles;
let lab: TestLab;
let hand: ReturnType<typeof handClock>;
beforeEach(async () => {
  folder = await ownFolder();
  hand = handClock();
  files = await labFiles(folder.path, { shipped: ['roles.yaml'], policies: [policy], clusters });
  lab = await openLab(files, hand.clock);
});
afterEach(async () => {
  await lab[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const codeOf = (outcome: Outcome) => (outcome.ok ? 'ok' : outcome.error.code);
const define = (topology_name: string, as: { readonly principal: Principal }) =>
  lab.ask('cluster_define', { topology_name }, as);
const vmsOf = async (user: string) => (await lab.lab.state.all('vm')).filter(({ owner }) => owner === user).length;

describe('races', () => {
  test('of 64 calls for the last place one gets it, and the others leave nothing behind', async () => {
    expect(await define('four', ana)).toMatchObject({ ok: true });
    const ended = await Promise.all(names.map((name) => define(name, ana)));
    expect(ended.filter(({ ok }) => ok)).toHaveLength(1);
    expect(new Set(ended.filter(({ ok }) => !ok).map(codeOf))).toEqual(new Set(['LIMIT_EXCEEDED']));
    expect(await vmsOf('ana')).toBe(5);
    expect(await lab.lab.state.unsettled()).toEqual([]);
    expect(lab.lab.locks.size).toBe(0);
  });

  test('of a group’s members who come at once, no more than the group may have get any', async () => {
    const each = names.slice(0, 32).map((name, at) => define(name, person(`m${at}`, 'course')));
    expect((await Promise.all(each)).filter(({ ok }) => ok)).toHaveLength(6);
    expect(await lab.lab.state.used({ per: 'group', of: 'course' }, 'vms')).toBe(6);
  });

  test('of many extensions at once there are no more than allowed', async () => {
    await define('c0', ana);
    const ended = await Promise.all(names.map(() => lab.ask('lease_extend', { cluster_name: 'c0', hours: 1 }, ana)));
    const won = ended.filter(({ ok }) => ok).length;
    expect(won).toBeGreaterThan(0);
    expect(won).toBeLessThanOrEqual(3);
    const [cluster] = await lab.lab.state.named('cluster', 'c0');
    expect(cluster?.expiresAt).toBe(hand.inHours(10 + won));
    expect((await lab.lab.state.tenure(cluster?.id ?? ''))?.extensions).toBe(won);
  });
});

describe('a lease', () => {
  test('does not reach further by small steps, and begins anew for nobody who takes it', async () => {
    await define('c0', ana);
    const extend = (hours: number, as = ana) => lab.ask('lease_extend', { cluster_name: 'c0', hours }, as);
    expect(codeOf(await extend(30))).toBe('ok');
    expect(codeOf(await extend(1))).toBe('LIMIT_EXCEEDED');
    hand.pass(2);
    expect(codeOf(await extend(2))).toBe('ok');
    hand.pass(2);
    expect(codeOf(await extend(2))).toBe('ok');
    hand.pass(2);
    expect(codeOf(await extend(1))).toBe('LIMIT_EXCEEDED');
    await lab.agree('cluster_share', { cluster_name: 'c0', with: 'bob', access: 'own' }, ana);
    expect(codeOf(await lab.ask('cluster_take', { cluster_name: 'c0' }, bob))).toBe('ok');
    expect(codeOf(await extend(1, bob))).toBe('LIMIT_EXCEEDED');
    expect((await lab.lab.state.named('cluster', 'c0'))[0]?.expiresAt).toBe(hand.inHours(38));
  });

  test.each([0, -5, 1.5, 1e9, '24', null])('is not extended by %s hours', async (hours) => {
    await define('c0', ana);
    expect(codeOf(await lab.ask('lease_extend', { cluster_name: 'c0', hours }, ana))).toBe('INVALID_INPUT');
  });

  test('is for its owner alone to extend', async () => {
    await define('c0', ana);
    await lab.ask('cluster_share', { cluster_name: 'c0', with: 'bob', access: 'use' }, ana);
    expect(codeOf(await lab.ask('lease_extend', { cluster_name: 'c0', hours: 1 }, bob))).toBe('FORBIDDEN');
    expect(codeOf(await lab.ask('lease_extend', { cluster_name: 'ana:c0', hours: 1 }, eve))).toBe('NOT_FOUND');
  });
});

describe('what somebody has', () => {
  test('cannot be put with another to make room: they must take it, and it counts there', async () => {
    await define('four', ana);
    await define('three', bob);
    expect(codeOf(await lab.agree('cluster_share', { cluster_name: 'four', with: 'bob', access: 'own' }, ana))).toBe(
      'ok',
    );
    // An offer frees nothing, and costs nobody anything.
    expect(codeOf(await define('three', ana))).toBe('LIMIT_EXCEEDED');
    expect(await lab.lab.state.used({ per: 'person', of: 'bob' }, 'vms')).toBe(3);
    expect(codeOf(await lab.ask('cluster_take', { cluster_name: 'four' }, bob))).toBe('LIMIT_EXCEEDED');
    expect([await vmsOf('ana'), await vmsOf('bob')]).toEqual([4, 3]);
  });

  test('is taken by one of many who come at once', async () => {
    await define('c0', ana);
    for (const { principal } of [bob, eve])
      await lab.agree('cluster_share', { cluster_name: 'c0', with: principal.user, access: 'own' }, ana);
    const takers = [bob, eve].flatMap((as) =>
      Array.from({ length: 8 }, () => lab.ask('cluster_take', { cluster_name: 'ana:c0' }, as)),
    );
    const ended = await Promise.all(takers);
    expect(ended.filter(({ ok }) => ok)).toHaveLength(1);
    expect((await vmsOf('bob')) + (await vmsOf('eve'))).toBe(1);
    expect(await vmsOf('ana')).toBe(0);
  });

  test('and may have is shown to nobody else', async () => {
    await define('four', ana);
    const { data } = (await lab.ask('lab_status', {}, eve)) as { data: object };
    expect(JSON.stringify(data)).not.toMatch(/ana|four/);
    expect(data).toMatchObject({
      user: 'eve',
      leases: [],
      limits: expect.arrayContaining([expect.objectContaining({ kind: 'vms', have: 0, most: 5 })]),
    });
    expect(codeOf(await lab.ask('lab_status', { user: 'ana' }, eve))).toBe('INVALID_INPUT');
  });
});

test('groups that a share or a claim names are not one’s own', async () => {
  await define('c0', ana);
  await lab.ask('cluster_share', { cluster_name: 'c0', with: 'group:eve', access: 'use' }, ana);
  await lab.ask('cluster_share', { cluster_name: 'c0', with: 'group:__proto__', access: 'use' }, ana);
  for (const as of [eve, person('mallory', 'group:eve'), person('group:eve'), person('constructor', 'toString')])
    expect(codeOf(await lab.ask('cluster_start', { cluster_name: 'ana:c0' }, as))).toBe('NOT_FOUND');
});

test.each(['__proto__', 'constructor', 'hasOwnProperty', 'toString'])(
  'a user of the name %s has what others have',
  async (user) => {
    const as = person(user, user);
    expect(codeOf(await define('four', as))).toBe('ok');
    expect(codeOf(await define('three', as))).toBe('LIMIT_EXCEEDED');
    expect(await lab.ask('lab_status', {}, as)).toMatchObject({ data: { user, leases: [{ cluster_name: 'four' }] } });
    expect(codeOf(await lab.agree('cluster_share', { cluster_name: 'four', with: 'bob', access: 'use' }, as))).toBe(
      'ok',
    );
    expect(codeOf(await lab.ask('cluster_start', { cluster_name: `${user}:four` }, bob))).toBe('ok');
  },
);

test.each(['', ' ', 'a b', 'a:b', 'group:', 'group:a:b', 'x'.repeat(200), 'a\nb', '\u202eana', 'an\u200ba', 'a\u0000'])(
  'nothing is shared with %j',
  async (who) => {
    await define('c0', ana);
    expect(codeOf(await lab.ask('cluster_share', { cluster_name: 'c0', with: who, access: 'use' }, ana))).toBe(
      'INVALID_INPUT',
    );
  },
);

test('whoever calls too often is told when to come back, and others go on', async () => {
  const chatty = person('ana', 'chatty');
  const ended = await Promise.all(Array.from({ length: 50 }, () => lab.ask('cluster_list', {}, chatty)));
  expect(ended.filter(({ ok }) => ok)).toHaveLength(20);
  expect(ended.find(({ ok }) => !ok)).toMatchObject({
    error: {
      code: 'LIMIT_EXCEEDED',
      message: expect.stringMatching(/^20 calls a minute are allowed .* Try again in \d+ s\.$/),
    },
  });
  expect(codeOf(await lab.ask('cluster_list', {}, bob))).toBe('ok');
});

describe('a clock that is moved', () => {
  const shown = async () => (await lab.lab.state.tenures())[0];
  const tick = () => lab.kernel.leases.tick();
  beforeEach(async () => {
    await define('c0', ana);
    await lab.ask('cluster_start', { cluster_name: 'c0' }, ana);
    await tick();
  });
  const states = async () =>
    Object(await lab.ask('cluster_status', { cluster_name: 'c0' }, ana)).data.nodes[0].domain_state;

  test('a day ahead ends nothing that was used a minute ago', async () => {
    hand.pass(1 / 60);
    hand.set(24);
    await tick();
    expect(await states()).toBe('running');
    expect(await shown()).toMatchObject({ stage: 'active', expiresAt: hand.inHours(10 - 1 / 60) });
    hand.pass(10);
    await tick();
    expect(await states()).toBe('stopped');
  });

  test('a day back ends nothing too early, and nothing a day too late', async () => {
    hand.set(-24);
    await tick();
    hand.pass(9);
    await tick();
    expect(await states()).toBe('running');
    hand.pass(1);
    await tick();
    expect(await states()).toBe('stopped');
  });

  test('to and fro while it lies in the trash purges it when its hours have passed', async () => {
    for (const hours of [10, 5]) {
      hand.pass(hours);
      await tick();
    }
    expect((await shown())?.trashedAt).toBeDefined();
    for (let day = 0; day < 10; day += 1) {
      hand.set(day % 3 === 0 ? -24 : 24);
      await tick();
    }
    hand.pass(23);
    await tick();
    expect((await shown())?.trashedAt).toBeDefined();
    hand.pass(1);
    await tick();
    expect(await shown()).toBeUndefined();
  });

  test('while no server looks is noticed by the next one', async () => {
    await lab[Symbol.asyncDispose]();
    hand.set(24 * 365);
    lab = await openLab(files, hand.clock);
    await tick();
    expect(await states()).toBe('running');
    expect(await shown()).toMatchObject({ stage: 'active', expiresAt: hand.inHours(10) });
    const told = (await lab.records()).find(({ act }) => act === 'lease-clock-moved');
    expect(told?.data).toMatchObject({ moved_s: 24 * 365 * 3600 });
  });

  test('back over a boot takes no time away', async () => {
    await lab[Symbol.asyncDispose]();
    hand.set(-1000);
    lab = await openLab(files, hand.rebooted());
    await tick();
    expect(await shown()).toMatchObject({ stage: 'active', expiresAt: hand.inHours(10) });
  });
});
