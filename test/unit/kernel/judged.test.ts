import { expect, test } from 'vitest';
import { type Judged, judgedFrom, kept } from '../../../src/kernel/judged.ts';
import { ownFolder } from '../../support/folder.ts';
import { labFiles, me, openLab } from '../../support/lab.ts';

const vm = (name: string, protects: boolean): Judged => ({
  ...{ type: 'vm', action: 'start' },
  attributes: { name, owner: 'ana', protected: protects, 'tag:ci': true },
});
const job: Judged = { type: 'job', action: 'inspect', attributes: { name: 'j', owner: 'ana' } };

test('what things share is kept once, and comes back whole', () => {
  const all = [vm('a', true), vm('b', true), job];
  const lines = kept(all);
  expect(lines).toEqual([
    {
      ...{ type: 'vm', action: 'start', attrs: { owner: 'ana', protected: true, 'tag:ci': true } },
      each: [{ name: 'a' }, { name: 'b' }],
    },
    { type: 'job', action: 'inspect', attrs: { name: 'j', owner: 'ana' }, each: [{}] },
  ]);
  const back = judgedFrom({ judged: JSON.parse(JSON.stringify(lines)) });
  expect(back?.map(({ attributes, ...rest }) => ({ ...rest, attributes: { ...attributes } }))).toEqual(all);
});

test('a line that keeps nothing says so', () => {
  for (const data of [undefined, null, 'judged', {}, { judged: [] }, { judged: 'x' }])
    expect(judgedFrom(data)).toBeUndefined();
});

const stranger = { user: 'eve', groups: [], via: 'stdio' } as const;
const hidden = [
  {
    version: 1,
    roles: { own: { allow: [{ actions: ['*'], on: ['vm', 'cluster', 'job'], where: { owner: '$me' } }] } },
    bindings: [{ role: 'own', users: ['*'] }],
  },
];

test('the log keeps what was judged of calls, refused ones too, and their callers hear nothing of it', async () => {
  await using folder = await ownFolder();
  await using lab = await openLab(await labFiles(folder.path, { policies: hidden }));
  await lab.ask('cluster_define', { topology_name: 'red' });
  const refused = await lab.ask('cluster_start', { cluster_name: 'red' }, { principal: stranger, id: 'call-of-eve' });
  expect(refused).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } });
  expect(JSON.stringify(refused.ok || refused.error.details)).not.toContain(me.user);
  const [define] = (await lab.records()).filter(({ kind }) => kind === 'intent');
  expect(
    judgedFrom(define?.data)?.map(({ type, action, attributes: { name, owner } }) => [type, action, name, owner]),
  ).toEqual([
    ['cluster', 'create', 'red', me.user],
    ['vm', 'create', 'a', me.user],
    ['vm', 'create', 'b', me.user],
  ]);
});
