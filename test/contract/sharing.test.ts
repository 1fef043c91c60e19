import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Principal } from '../../src/sdk/index.ts';
import { ownFolder } from '../support/folder.ts';
import { labFiles, openLab, type TestLab } from '../support/lab.ts';

/** The shipped roles, in a lab that several people share. */
const roles = ['roles.yaml'];
const bindings = {
  version: 1,
  roles: { few: { limits: [{ id: 'few', per: 'person', vms: 3 }] } },
  bindings: [
    { role: 'user', groups: ['lab'] },
    { role: 'few', users: ['bob'] },
    { role: 'admin', users: ['chief'] },
  ],
};

const person = (user: string, ...groups: readonly string[]): { readonly principal: Principal } => ({
  principal: { user, groups: ['lab', ...groups], via: 'stdio' },
});
const [ana, bob, eve, kim] = [person('ana'), person('bob'), person('eve'), person('kim', 'course')];

let folder: Awaited<ReturnType<typeof ownFolder>>;
let lab: TestLab;
const clusters = Object.fromEntries(
  ['look', 'use', 'group', 'mine', 'gift', 'big', 'same', 'left'].map((name) => [name, ['a']]),
);

beforeAll(async () => {
  folder = await ownFolder();
  lab = await openLab(
    await labFiles(folder.path, {
      shipped: roles,
      policies: [bindings],
      clusters: { ...clusters, big: ['a', 'b', 'c', 'd'] },
    }),
  );
  for (const topology_name of Object.keys(clusters))
    expect(await lab.ask('cluster_define', { topology_name }, ana)).toMatchObject({ ok: true });
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const share = (cluster_name: string, who: string, access: string, as = ana) =>
  lab.agree('cluster_share', { cluster_name, with: who, access }, as);
const code = async (tool: string, args: object, as: { readonly principal: Principal }) => {
  const outcome = await lab.agree(tool, args, as);
  return outcome.ok ? 'ok' : outcome.error.code;
};
const seenBy = async (as: { readonly principal: Principal }) => {
  const listed = await lab.ask('cluster_list', {}, as);
  return listed.ok
    ? Object(listed.data).clusters.map(({ owner, cluster_name }: Record<string, string>) => `${owner}:${cluster_name}`)
    : [];
};

test('what is not shared is not there', async () => {
  expect(await seenBy(eve)).toEqual([]);
  const hidden = await lab.ask('cluster_status', { cluster_name: 'ana:look' }, eve);
  const absent = await lab.ask('cluster_status', { cluster_name: 'ana:never' }, eve);
  expect(JSON.stringify(hidden)).toBe(JSON.stringify(absent).replaceAll('never', 'look'));
});

test('whoever may look sees it, and does nothing to it', async () => {
  expect(await share('look', 'bob', 'look')).toMatchObject({ ok: true });
  expect(await seenBy(bob)).toEqual(['ana:look']);
  const red = { cluster_name: 'ana:look' };
  expect(await code('cluster_status', red, bob)).toBe('ok');
  for (const [tool, args] of [
    ['cluster_start', red],
    ['cluster_stop', red],
    ['cluster_handle', red],
    ['node_exec', { ...red, node_name: 'a', command: 'true' }],
    ['cluster_destroy', red],
    ['cluster_share', { ...red, with: 'bob', access: 'use' }],
    ['cluster_share', { ...red, with: 'bob', access: 'own' }],
    ['cluster_take', red],
    ['cluster_trash', red],
    ['lease_extend', { ...red, hours: 1 }],
  ] as const)
    expect([tool, await code(tool, args, bob)]).toEqual([tool, 'FORBIDDEN']);
  expect(await share('look', 'bob', 'none')).toMatchObject({ ok: true });
  expect(await code('cluster_status', red, bob)).toBe('NOT_FOUND');
});

test('whoever may use it starts, commands and stops it, and takes nothing away', async () => {
  await share('use', 'bob', 'use');
  const it = { cluster_name: 'use' };
  expect(await code('cluster_start', it, bob)).toBe('ok');
  expect(await code('node_exec', { ...it, node_name: 'a', command: 'true' }, bob)).toBe('ok');
  expect(await code('cluster_handle', it, bob)).toBe('ok');
  expect(await code('cluster_stop', it, bob)).toBe('ok');
  for (const tool of ['cluster_destroy', 'cluster_trash', 'cluster_take'])
    expect(await code(tool, it, bob)).toBe('FORBIDDEN');
  expect(await code('cluster_stop', { ...it, mode: 'destroy' }, bob)).toBe('FORBIDDEN');
  expect(await code('node_crash', { ...it, node: 'a' }, bob)).toBe('FORBIDDEN');
});

test('a group is everybody who is in it, as their login says', async () => {
  await share('group', 'group:course', 'use');
  expect(await code('cluster_start', { cluster_name: 'group' }, kim)).toBe('ok');
  expect(await code('cluster_start', { cluster_name: 'group' }, person('course'))).toBe('NOT_FOUND');
  // What was given to all is not for one to leave.
  expect(await code('cluster_leave', { cluster_name: 'group' }, kim)).toBe('ok');
  expect(await code('cluster_status', { cluster_name: 'group' }, kim)).toBe('ok');
});

test('whoever leaves has no part in it any more', async () => {
  await share('left', 'bob', 'use');
  expect(await code('cluster_leave', { cluster_name: 'left' }, bob)).toBe('ok');
  expect(await code('cluster_leave', { cluster_name: 'left' }, ana)).toBe('CONFLICT');
  expect(await code('cluster_status', { cluster_name: 'left' }, bob)).toBe('NOT_FOUND');
});

test('one’s own comes before a shared one of the same name, which has its owner’s name before it', async () => {
  expect(await code('cluster_define', { topology_name: 'same' }, eve)).toBe('ok');
  await share('same', 'eve', 'use');
  expect(await code('cluster_start', { cluster_name: 'ana:same' }, eve)).toBe('ok');
  const state = async (cluster_name: string) =>
    Object(await lab.ask('cluster_status', { cluster_name }, eve)).data.nodes[0].domain_state;
  expect([await state('same'), await state('eve:same'), await state('ana:same')]).toEqual([
    'stopped',
    'stopped',
    'running',
  ]);
  await share('same', 'kim', 'look', eve);
  await share('same', 'kim', 'look');
  expect(await lab.ask('cluster_status', { cluster_name: 'same' }, kim)).toMatchObject({
    error: { code: 'INVALID_INPUT', message: 'Several people have a cluster "same". Say whose: ana:same, eve:same.' },
  });
});

describe('taking over', () => {
  test('needs an offer that its owner has confirmed, and makes it the taker’s alone', async () => {
    expect(await code('cluster_take', { cluster_name: 'ana:gift' }, bob)).toBe('NOT_FOUND');
    const offer = { cluster_name: 'gift', with: 'bob', access: 'own' };
    expect(await lab.ask('cluster_share', offer, ana)).toMatchObject({
      error: { code: 'CONFIRMATION_REQUIRED', message: 'Offer cluster "gift" of ana to bob.' },
    });
    expect(await code('cluster_take', { cluster_name: 'ana:gift' }, bob)).toBe('NOT_FOUND');
    expect(await share('gift', 'bob', 'own')).toMatchObject({ ok: true });
    await share('gift', 'eve', 'use');
    expect(await lab.ask('cluster_take', { cluster_name: 'gift' }, bob)).toMatchObject({
      data: { cluster_name: 'gift', before: 'ana' },
    });
    expect(await seenBy(bob)).toContain('bob:gift');
    for (const as of [ana, eve])
      expect(await code('cluster_status', { cluster_name: 'bob:gift' }, as)).toBe('NOT_FOUND');
    expect(await code('cluster_start', { cluster_name: 'gift' }, bob)).toBe('ok');
    // It is what he would have defined himself.
    expect(await code('cluster_define', { topology_name: 'gift' }, bob)).toBe('ok');
    expect(await code('cluster_destroy', { cluster_name: 'gift', remove_overlays: true }, bob)).toBe('ok');
  });

  test('needs room for it, and then nothing of it has changed', async () => {
    await share('big', 'bob', 'own');
    expect(await lab.ask('cluster_take', { cluster_name: 'big' }, bob)).toMatchObject({
      error: { code: 'LIMIT_EXCEEDED', details: { have: 0, want: 4, most: 3, per: 'person', of: 'bob' } },
    });
    expect(await seenBy(ana)).toContain('ana:big');
    expect(await code('cluster_start', { cluster_name: 'big' }, ana)).toBe('ok');
  });

  test('is not for groups, and nobody shares with themselves', async () => {
    expect(await code('cluster_share', { cluster_name: 'mine', with: 'group:course', access: 'own' }, ana)).toBe(
      'INVALID_INPUT',
    );
    expect(await code('cluster_share', { cluster_name: 'mine', with: 'ana', access: 'look' }, ana)).toBe(
      'INVALID_INPUT',
    );
  });
});

test('an admin is asked before taking from others', async () => {
  const chief: { readonly principal: Principal } = { principal: { user: 'chief', groups: [], via: 'stdio' } };
  expect(await lab.ask('cluster_take', { cluster_name: 'ana:mine' }, chief)).toMatchObject({
    error: { code: 'CONFIRMATION_REQUIRED' },
  });
});
