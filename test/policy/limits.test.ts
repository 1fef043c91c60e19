import { describe, expect, test } from 'vitest';
import { attributesOf, loadPolicy } from '../../src/policy/index.ts';
import type { Owned, Principal } from '../../src/sdk/index.ts';
import { clusterOf } from '../support/vms.ts';
import { attributes, everybody, person, policy, vocabulary } from './support.ts';

test('those of every role hold, also of included ones; nobody else’s do', () => {
  const text = `
version: 1
roles:
  base: { limits: [{ id: base, per: person, vms: 8 }] }
  more: { include: [base], limits: [{ id: more, per: group, group: course, vms: 100, lease: { default_h: 3 } }] }
  each: { limits: [{ id: each, per: group, disk_gb: 5 }, { id: one, per: project, project: shop, snapshots: 2 }] }
bindings: [{ role: more, users: [ana] }, { role: each, users: [ana, bob] }]
`;
  const rules = (who: Principal) =>
    policy(text)
      .limits(who)
      .map(({ rule }) => rule.replace(/^\S+ /, ''));
  expect(rules(person('ana', 'course'))).toEqual(['base', 'more', 'each', 'one']);
  expect(rules(person('ana'))).toEqual(['base', 'one']);
  expect(rules(person('bob', 'x'))).toEqual(['each', 'one']);
  expect(rules(person('eve', 'course'))).toEqual([]);
  expect(rules({ user: 'system:lease', groups: ['course'], via: 'system' })).toEqual([]);
  expect(policy(text).limits(person('ana', 'course'))[1]).toEqual({
    ...{ rule: 'p.yaml:5 more', per: 'group', only: 'course', most: { vms: 100 }, lease: { defaultH: 3, graceH: 24 } },
  });
});

test('what we ship has room for a lab of one, and the shared lab has a lease', async () => {
  const one = await loadPolicy(['policies/roles.yaml', 'policies/lab-of-one.yaml'], vocabulary);
  expect(one.limits(person('ana'))).toEqual([
    expect.objectContaining({ per: 'person', most: expect.objectContaining({ vms: 64 }) }),
  ]);
  const shared = await loadPolicy(['policies/roles.yaml', 'policies/shared-lab.example.yaml'], vocabulary);
  const limits = shared.limits(person('bob', 'lab-users', 'os-course'));
  expect(new Set(limits.map(({ per }) => per))).toEqual(new Set(['person', 'group', 'project']));
  expect(limits.find(({ lease }) => lease)?.lease).toEqual({ defaultH: 72, longestH: 336, graceH: 48 });
});

describe('what an owner shares', () => {
  const with_ = (shares: NonNullable<Owned['shares']>, who: Principal) =>
    attributesOf('cluster', { ...clusterOf('c1'), shares }, who)['shared'];
  const given = [
    { with: 'user', name: 'bob', access: 'look' },
    { with: 'group', name: 'g', access: 'use' },
    { with: 'group', name: 'bob', access: 'own' },
  ] as const;

  test('is for the very user or group, and the most of it counts', () => {
    expect(with_(given, person('bob'))).toBe('look');
    expect(with_(given, person('bob', 'g'))).toBe('use');
    expect(with_(given, person('g'))).toBe('none');
    expect(with_(given, person('eve', '__proto__', 'constructor'))).toBe('none');
    expect(with_([], person('bob'))).toBe('none');
  });

  test.each([
    ['none', []],
    ['look', ['inspect', 'leave']],
    ['use', ['inspect', 'leave', 'start', 'stop', 'exec', 'handle']],
    ['own', ['inspect', 'leave', 'start', 'stop', 'exec', 'handle', 'take']],
  ])('as %s lets a user of the lab do exactly this', async (shared, allowed) => {
    const lab = await loadPolicy(['policies/roles.yaml', 'policies/shared-lab.example.yaml'], vocabulary);
    const bob = person('bob', 'lab-users');
    for (const type of ['cluster', 'vm'] as const) {
      const may = ['create', 'inspect', ...vocabulary.actions[type]].filter(
        (action) => lab.decide(bob, action, type, attributes(type, { shared })).effect === 'allow',
      );
      expect(may.toSorted()).toEqual(allowed.toSorted());
    }
  });
});

describe('the keeper of leases', () => {
  const keeper: Principal = { user: 'system:lease', groups: [], via: 'system' };
  const all = policy(everybody("deny: [{ actions: ['*'], on: [cluster, vm, job, host, lab], reason: 'Never.' }]"));
  const may = (who: Principal, of: object) =>
    ['create', 'inspect', ...vocabulary.actions.cluster].filter(
      (action) => all.decide(who, action, 'cluster', attributes('cluster', { ...of })).effect === 'allow',
    );

  test('ends what has a lease, purges only from the trash, and asks nobody', () => {
    expect(may(keeper, { leased: true }).toSorted()).toEqual(['cut', 'inspect', 'stop', 'trash']);
    expect(may(keeper, { leased: true, trashed: true }).toSorted()).toEqual([
      'cut',
      'destroy',
      'inspect',
      'stop',
      'trash',
    ]);
    expect(may(keeper, { trashed: true }).toSorted()).toEqual(['destroy', 'inspect']);
    expect(may(keeper, {})).toEqual([]);
    const purge = all.decide(keeper, 'destroy', 'cluster', attributes('cluster', { trashed: true }));
    expect(purge).toMatchObject({ confirm: 'none', rule: '(kernel) trash-is-purged' });
  });

  test('only asks what is protected to stop', () => {
    expect(may(keeper, { leased: true, protected: true }).toSorted()).toEqual(['inspect', 'stop']);
    expect(may(keeper, { trashed: true, protected: true })).toEqual(['inspect']);
  });

  test('is nobody who came in under its name', () => {
    for (const via of ['stdio', 'cli'] as const) expect(may({ ...keeper, via }, { leased: true })).toEqual([]);
    expect(may({ ...keeper, user: 'system:main' }, { leased: true })).toEqual([]);
  });
});
