import { expect, test } from 'vitest';
import { diff, diffText, explain, replay, verdictOf, whoCan, wholeThing } from '../../../src/policy/analysis/index.ts';
import type { Attributes } from '../../../src/policy/index.ts';
import { person, vocabulary } from '../support.ts';
import { destructive, laid } from './support.ts';

const lab = laid(
  [
    'version: 1',
    'roles:',
    '  user:',
    '    allow:',
    '      - { id: own, actions: [start, destroy], on: vm, where: { owner: $me, managed: true } }',
    '      - { id: shop, actions: [start], on: vm, where: { project: shop, kind: container, leased: true } }',
    '    deny:',
    '      - { id: kept, actions: [destroy], on: vm, where: { protected: true }, reason: It is kept. }',
    '    confirm:',
    '      - { id: big, level: ack, actions: [start], on: vm, where: { owner: $me, project: big } }',
    '  admin:',
    '    allow:',
    '      - { id: any, actions: [start, destroy], on: vm }',
    'bindings:',
    '  - { role: user, groups: [lab] }',
    '  - { role: admin, users: [ana] }',
  ].join('\n'),
);

const ask = (action: string, given: Attributes) =>
  explain(lab, {
    ...{ who: person('sam', 'lab'), action, type: 'vm', destructive: destructive.has(action) },
    attributes: wholeThing('vm', given, 'sam'),
  });

test('what no rule allows: the nearest rules with what they want, and what would let it through', () => {
  const { decision, misses, otherwise } = ask('start', { owner: 'kim' });
  expect(decision).toEqual({ effect: 'deny', rule: '(default deny)' });
  expect(misses).toEqual([
    { rule: 'p.yaml:5 own', wants: [{ condition: 'owner: $me', is: 'kim' }] },
    {
      rule: 'p.yaml:6 shop',
      wants: [
        { condition: 'project: shop', is: 'default' },
        { condition: 'kind: container', is: 'vm' },
        { condition: 'leased: true', is: 'false' },
      ],
    },
  ]);
  expect(otherwise).toEqual([
    { change: 'owner: sam', answer: { effect: 'allow', rule: 'p.yaml:5 own', level: 'none' } },
    { change: 'role admin', answer: { effect: 'allow', rule: 'p.yaml:13 any', level: 'none' } },
  ]);
});

test('what a deny forbids: its reason, no nearest allow, and what it would take', () => {
  const { decision, misses, otherwise } = ask('destroy', { owner: '$me', protected: true });
  expect(decision).toMatchObject({ effect: 'deny', rule: 'p.yaml:8 kept', reason: 'It is kept.' });
  expect(misses).toEqual([]);
  // A deny wins over every role.
  expect(otherwise).toEqual([
    { change: 'protected: false', answer: { effect: 'allow', rule: 'p.yaml:5 own', level: 'ack' } },
  ]);
});

test('what is allowed: whether it is asked about, and what would forbid it', () => {
  const plain = ask('start', { owner: '$me' });
  expect([plain.decision.rule, plain.level]).toEqual(['p.yaml:5 own', 'none']);
  expect(plain.otherwise.map(({ change, answer }) => `${change} ${answer.effect} ${answer.level}`)).toEqual([
    'owner: any other deny none',
    'managed: false deny none',
    'project: big allow ack',
  ]);
  expect(ask('start', { owner: '$me', project: 'big' })).toMatchObject({ level: 'ack', decision: { confirm: 'ack' } });
  expect(ask('destroy', { owner: '$me' }).level).toBe('ack');
});

test('who can: roles, whom they are given to, what is still open, and what is denied', () => {
  expect(whoCan(lab, 'destroy', 'vm', {})).toEqual({
    allows: [
      { role: 'user', rule: 'p.yaml:5 own', where: 'owner: $me, managed: true', bound: ['group lab'] },
      { role: 'admin', rule: 'p.yaml:13 any', where: '', bound: ['user ana'] },
    ],
    denies: [{ role: 'user', rule: 'p.yaml:8 kept', where: 'protected: true', bound: ['group lab'] }],
    confirms: [],
    able: ['user ana', 'group lab'],
  });
  const kims = whoCan(lab, 'destroy', 'vm', { owner: 'kim', managed: true, protected: true });
  expect(kims.allows.map(({ where }) => where)).toEqual(['$me is kim', '']);
  expect(kims.able).toEqual(['user ana']);
  expect(whoCan(lab, 'destroy', 'vm', { owner: 'kim', managed: true }).able).toEqual(['user ana', 'group lab']);
  expect(whoCan(lab, 'crash', 'vm', {})).toEqual({ allows: [], denies: [], confirms: [], able: [] });
});

test('a difference names who, what, of which things, and the rules before and after', () => {
  const policy = (allow: string, more = '') =>
    laid(
      `version: 1\nroles:\n  r:\n    allow:\n      - { id: a, ${allow} }\n${more}bindings: [{ role: r, groups: [g] }]`,
    );
  const told = (a: Parameters<typeof policy>, b: Parameters<typeof policy>) => {
    const found = diff(policy(...a), policy(...b), { destructive });
    return [verdictOf(found), ...diffText(found).split('\n')];
  };
  const own = 'actions: [start, destroy], on: [vm, cluster], where: { owner: $me }';
  expect(told([own], [own])).toEqual([0, '']);
  expect(told([own], [`${own.replace(' }', ', project: { in: [a, b] } }')}`])).toEqual([
    ...[1, 'role r'],
    '  - destroy on vm, cluster where owner: $me, project: none of a, b: yes (p.yaml:5 a), asked: ack → no (no rule allows it)',
    '  - start on vm, cluster where owner: $me, project: none of a, b: yes (p.yaml:5 a) → no (no rule allows it)',
  ]);
  const unasked = '    confirm: [{ id: c, level: none, actions: [destroy], on: vm, where: { tag:ci: true } }]\n';
  expect(told([own], [own, unasked])).toEqual([
    ...[2, 'role r'],
    '  ! destroy on vm where owner: $me, tag:ci: true: yes (p.yaml:5 a), asked: ack → yes (p.yaml:5 a)',
  ]);
  expect(told([own], [own.replace('owner: $me', 'owner: { in: [$me, pool] }')])).toEqual([
    ...[2, 'role r'],
    '  + destroy on vm, cluster where owner: pool: no (no rule allows it) → yes (p.yaml:5 a), asked: ack',
    '  + start on vm, cluster where owner: pool: no (no rule allows it) → yes (p.yaml:5 a)',
  ]);
});

test('a deny that went is told where another role allows what it forbade', () => {
  const text = (deny: string) =>
    `version: 1\nroles:\n  a: { allow: [{ id: a, actions: [start], on: vm }] }\n  b: {${deny}}\nbindings: [{ role: a, groups: [g] }, { role: b, groups: [h] }]`;
  const deny = ' deny: [{ id: d, actions: [start], on: vm, where: { leased: true }, reason: No. }] ';
  const found = diff(laid(text(deny)), laid(text('')), { destructive });
  expect(diffText(found)).toBe(
    'role a with role b\n  + start on vm where leased: true: no (p.yaml:4 d) → yes (p.yaml:3 a)',
  );
  expect([verdictOf(found), verdictOf(diff(laid(text('')), laid(text(deny)), { destructive }))]).toEqual([2, 1]);
});

test('whoever has other roles is told with what they may then do', () => {
  const text = (users: string) =>
    `version: 1\nroles: { r: { allow: [{ id: a, actions: [start], on: vm }] } }\nbindings: [{ role: r, users: [${users}] }]`;
  expect(diffText(diff(laid(text('ana')), laid(text('ana, bob')), { destructive })).split('\n')).toEqual([
    ...['user bob: now also r', 'user bob', '  + start on vm: no (no rule allows it) → yes (p.yaml:2 a)'],
  ]);
});

test('an action that only one of two sets of plugins has is a difference like any other', async () => {
  const { laidOpen } = await import('../../../src/policy/analysis/index.ts');
  const text =
    "version: 1\nroles: { r: { allow: [{ actions: ['*'], on: vm }] } }\nbindings: [{ role: r, groups: [g] }]";
  const more = { actions: { ...vocabulary.actions, vm: [...vocabulary.actions.vm, 'revert'] } };
  const found = diff(laid(text), laidOpen([{ name: 'p.yaml', text }], more), { destructive });
  expect(diffText(found)).toBe('role r\n  + revert on vm: no (no rule allows it) → yes (p.yaml:2)');
});

test('a call is judged anew by what was known of its things', () => {
  const call = {
    ...{
      id: 'c1',
      time: '2026-11-20T08:00:00Z',
      tool: 'vm_start',
      who: person('sam', 'lab'),
      rule: 'old.yaml:1',
      list: false,
    },
    judged: [{ type: 'vm', action: 'start', attributes: wholeThing('vm', { owner: 'sam' }, 'sam') }] as const,
    ...({ allowed: true, effect: 'change', asked: 'none' } as const),
  };
  expect(replay(lab.policy, call)).toBeUndefined();
  expect(replay(lab.policy, { ...call, allowed: false })).toMatchObject({
    direction: 'wider',
    now: 'yes (p.yaml:5 own)',
  });
  expect(replay(lab.policy, { ...call, who: person('sam') })).toMatchObject({
    direction: 'narrower',
    now: 'no (default deny)',
  });
  expect(replay(lab.policy, { ...call, asked: 'ack' })).toMatchObject({ direction: 'weaker' });
  expect(replay(lab.policy, { ...call, effect: 'destroy' })).toMatchObject({ direction: 'stronger' });
  const big = {
    ...call,
    judged: [{ ...call.judged[0], attributes: wholeThing('vm', { owner: 'sam', project: 'big' }, 'sam') }],
  };
  expect(replay(lab.policy, big)).toMatchObject({
    direction: 'stronger',
    now: 'yes (p.yaml:5 own, p.yaml:10 big), asked: ack',
  });
});

test('limits are compared by the strictest of each kind, and none is the widest', () => {
  const text = (limits: string) =>
    `version: 1\nroles:\n  r: { limits: [${limits}] }\n  s: { include: [r], limits: [{ per: person, vms: 6 }] }\nbindings: [{ role: s, groups: [g] }]`;
  const told = (a: string, b: string) => {
    const found = diff(laid(text(a)), laid(text(b)), { destructive });
    return [verdictOf(found), ...diffText(found).split('\n')];
  };
  const lease = 'lease: { default_h: 24 }';
  expect(told(`{ per: person, vms: 4, ${lease} }`, `{ per: person, vms: 4, ${lease} }`)).toEqual([0, '']);
  expect(told('{ per: person, vms: 4 }', '{ per: person, vms: 8 }')).toEqual([
    ...[2, 'role r', '  + vms per person: 4 → 8', 'role s', '  + vms per person: 4 → 6'],
  ]);
  expect(told('{ per: person, vms: 9 }', '{ per: person, vms: 9 }, { per: group, group: os, vcpus: 2 }')).toEqual([
    ...[1, 'role r, role s', '  - vcpus of the group os: no limit → 2'],
  ]);
  expect(told(`{ per: person, ${lease} }`, '{ per: person, calls_per_minute: 5 }').slice(0, 5)).toEqual([
    ...[2, 'role r, role s', '  - calls_per_minute per person: no limit → 5'],
    ...['  + lease.default_h per person: 24 → no limit', '  + lease.grace_h per person: 24 → no limit'],
  ]);
});

test('people through an agent are told apart, and ranges as a file says them', () => {
  const text = (more: string) =>
    `version: 1\nroles:\n  r: { allow: [{ id: a, actions: [start], on: vm, where: { vcpus: { gt: 2, lt: 8 } } }] }\n  t: { deny: [{ id: d, actions: [start], on: vm, where: { vcpus: 4 }, reason: No. }] }\nbindings: [{ role: r, groups: [g] }${more}]`;
  const agents = ', { role: t, agents: [cursor] }';
  const found = diff(laid(text('')), laid(text(agents)), { destructive });
  expect(diffText(found).split('\n')).toEqual([
    'everybody through cursor: now also t',
    'group g through cursor: now also t',
    'group g through cursor, role r with everybody through cursor',
    '  - start on vm where vcpus: 4: yes (p.yaml:3 a) → no (p.yaml:4 d)',
  ]);
  const { allows, denies, able } = whoCan(laid(text(agents)), 'start', 'vm', { vcpus: 4 });
  expect(allows).toMatchObject([{ where: '', bound: ['group g'] }]);
  expect(denies).toMatchObject([{ where: '', bound: ['everybody through cursor'] }]);
  expect(able).toEqual(['group g']);
  expect(whoCan(laid(text('')), 'start', 'vm', {}).allows).toMatchObject([{ where: 'vcpus: { gt: 2, lt: 8 }' }]);
});
