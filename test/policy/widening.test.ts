import { expect, test } from 'vitest';
import { widenings } from '../../src/policy/index.ts';
import { comparedWithEverything } from './everything.ts';
import { attributes, everybody, person, policy } from './support.ts';

const destructive = new Set(['destroy', 'crash', 'cut']);
const wider = (before: string, after: string) => widenings(policy(before), policy(after), destructive);

const allow = (what: string) => everybody(`allow: [{ actions: [destroy], on: vm${what} }]`);
const own = allow(', where: { owner: $me }');

test('what gives nothing new is not wider', () => {
  const text = everybody(
    'allow: [{ actions: [destroy], on: vm, where: { owner: $me } }]',
    "deny: [{ actions: [destroy], on: vm, where: { protected: true }, reason: 'No.' }]",
  );
  expect(wider(text, `# The same.\n${text}`)).toEqual([]);
  expect(wider(own, text)).toEqual([]);
  expect(wider(own, everybody('allow: []'))).toEqual([]);
  expect(wider(own, everybody("allow: [{ actions: ['*'], on: vm, where: { owner: $me } }]"))).toEqual([
    'everybody may "crash" a vm where { owner: $me }, which was denied',
    'everybody may "cut" a vm where { owner: $me }, which was denied',
  ]);
  // Said otherwise, and no more than before.
  expect(wider(own, allow(', where: { owner: { in: [$me] } }'))).toEqual([]);
  expect(wider(allow(', where: { vcpus: { lt: 4 } }'), allow(', where: { vcpus: { lt: 3 } }'))).toEqual([]);
  expect(wider(allow(''), everybody('allow: [{ actions: [destroy, start], on: vm }]'))).toEqual([]);
});

test('each of these is wider, and a line says by what', () => {
  for (const [before, after, line] of [
    [own, allow(''), 'everybody may "destroy" a vm where { }, which was denied'],
    [
      own,
      allow(', where: { owner: { in: [$me, lab] } }'),
      'everybody may "destroy" a vm where { owner: lab }, which was denied',
    ],
    [
      allow(', where: { vcpus: { lt: 3 } }'),
      allow(', where: { vcpus: { lt: 4 } }'),
      'everybody may "destroy" a vm where { vcpus: 3 }, which was denied',
    ],
    [
      allow(', where: { vcpus: { lt: 3 } }'),
      allow(', where: { vcpus: { gt: 2 } }'),
      'everybody may "destroy" a vm where { vcpus: 3 }, which was denied',
    ],
    [
      everybody(
        'allow: [{ actions: [destroy], on: vm }]',
        "deny: [{ actions: [destroy], on: vm, where: { tag:keep: true }, reason: 'No.' }]",
      ),
      allow(''),
      'everybody may "destroy" a vm where { tag:keep: true }, which was denied',
    ],
    [
      own,
      everybody(
        'allow: [{ actions: [destroy], on: vm, where: { owner: $me } }]',
        'confirm: [{ actions: [destroy], on: vm, level: none }]',
      ),
      'everybody may "destroy" a vm where { owner: $me }, with less of a question than before',
    ],
    [
      everybody('allow: [{ actions: [destroy], on: vm }]', 'confirm: [{ actions: [destroy], on: vm, level: human }]'),
      everybody('allow: [{ actions: [destroy], on: vm }]', 'confirm: [{ actions: [destroy], on: vm, level: ack }]'),
      'everybody may "destroy" a vm where { }, with less of a question than before',
    ],
    [own, `${own.replace("['*']", "['*', ana]")}`, undefined],
    [
      own.replace("['*']", '[ana]'),
      own.replace("['*']", '[ana, bob]'),
      'bob may "destroy" a vm where { owner: $me }, which was denied',
    ],
    [
      own.replace("['*']", '[ana]'),
      own.replace("users: ['*']", 'groups: [lab]'),
      'members of lab may "destroy" a vm where { owner: $me }, which was denied',
    ],
  ] as const) {
    const lines = wider(before, after).map((one) => one.replace('a vm,', 'a vm where { },'));
    expect([before, after, lines]).toEqual([before, after, line === undefined ? [] : [line]]);
  }
});

const two = (denies: string, bindings: string) =>
  `version: 1\nroles:\n  gives: { allow: [{ actions: [destroy], on: vm }] }\n  takes: { deny: [${denies}] }\nbindings: [${bindings}]`;
const never = "{ actions: [destroy], on: vm, reason: 'No.' }";

test('a deny that no longer reaches some combination of groups is seen', () => {
  const before = two(never, '{ role: gives, groups: [g] }, { role: takes, groups: [h] }');
  const after = two(never, '{ role: gives, groups: [g] }, { role: takes, groups: [i] }');
  expect(wider(before, after)).toEqual(['members of g and h may "destroy" a vm, which was denied']);
});

test('what was taken away from an agent and no longer is, is seen', () => {
  const before = two(never, "{ role: gives, users: ['*'] }, { role: takes, agents: [cursor] }");
  const after = two(never, "{ role: gives, users: ['*'] }, { role: takes, agents: [claude] }");
  expect(wider(before, after)).toEqual(['everybody through cursor may "destroy" a vm, which was denied']);
  const any = two(never, "{ role: gives, users: ['*'] }, { role: takes, agents: ['*'] }");
  expect(wider(any, before)).toContain('everybody may "destroy" a vm, which was denied');
  expect(wider(any, any.replace("agents: ['*']", "agents: ['*', x]"))).toEqual([]);
});

test('whoever is named in a rule is looked at as somebody of their own', () => {
  const before = two(
    `${never.replace('on: vm', 'on: vm, where: { owner: ana }')}`,
    "{ role: gives, users: [ana, bob] }, { role: takes, users: ['*'] }",
  );
  expect(
    wider(
      before,
      before.replace('owner: ana', 'owner: { in: [ana], }').replace('{ owner: { in: [ana], } }', '{ owner: $me }'),
    ),
  ).toEqual(['bob may "destroy" a vm where { owner: ana }, which was denied']);
});

test('and so is whoever a rule can tell from others, although no binding names them', () => {
  const mine = '{ actions: [destroy], on: vm, where: { owner: $me } }';
  const but = "{ actions: [destroy], on: vm, where: { owner: ana }, reason: 'No.' }";
  expect(wider(everybody(`allow: [${mine}]`, `deny: [${but}]`), everybody(`allow: [${mine}]`))).toEqual([
    'ana may "destroy" a vm where { owner: $me }, which was denied',
  ]);
});

test('what is too much to compare may be wider, and is said to be', () => {
  const line = (at: number) => `tag:t${at}: true`;
  const many = Array.from({ length: 24 }, (_, at) => `  - { actions: [destroy], on: vm, where: { ${line(at)} } }`);
  const [first = '', ...rest] = many;
  expect(wider(everybody('allow:', ...many), everybody('allow:', ...rest, first.replace('true', 'false')))).toEqual([
    'There is too much to compare; it may give more than before.',
  ]);
  expect(wider(everybody('allow:', ...many), everybody('allow:', ...rest))).toEqual([]);
  const users = Array.from({ length: 8_000 }, (_, at) => `u${at}`).join(', ');
  const agents = '{ role: all, users: [a] }, { role: strict, agents: [x, y, z] }]\n';
  const crowd = own.replace("[{ role: all, users: ['*'] }]", `[{ role: all, users: [${users}] }, ${agents}`);
  expect(wider(crowd.replace('roles:', 'roles:\n  strict: {}'), own)).toEqual([
    'There is too much to compare; it may give more than before.',
  ]);
});

test('of 4 pairs of random policies it says the same as asking both about everybody and everything', () => {
  const outcomes = comparedWithEverything(5_000, 4);
  expect(outcomes.same + outcomes.wider).toBe(4);
});

test('a widening names a case in which the two really differ', () => {
  const [line] = wider(own, allow(', where: { owner: lab, protected: true }'));
  expect(line).toBe('everybody may "destroy" a vm where { owner: lab, protected: true }, which was denied');
  const thing = attributes('vm', { owner: 'lab', protected: true });
  expect(policy(own).decide(person('ana'), 'destroy', 'vm', thing).effect).toBe('deny');
});
