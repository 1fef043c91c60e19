import { expect, test } from 'vitest';
import { policyOf } from '../../src/policy/load.ts';
import type { SubjectType } from '../../src/sdk/index.ts';
import { attributes, complaint, everybody, person, policy, vocabulary } from './support.ts';

const ana = person('ana');
const guarded = policy(
  everybody(
    "deny: [{ actions: [destroy], on: vm, where: { protected: true }, reason: 'No.' }]",
    "allow: [{ actions: ['*'], on: vm }]",
  ),
);
const effect = (given: object) => guarded.decide(ana, 'destroy', 'vm', given as Record<string, string>).effect;

// Each of these is a way in which rules handed straight to the library would have said yes.

test('the last rule that matches does not win: a deny does', () => {
  expect(effect(attributes('vm', { protected: true }))).toBe('deny');
});

test('a missing attribute does not skip a deny', () => {
  const { protected: _, ...rest } = attributes('vm');
  expect(effect(rest)).toBe('deny');
});

test('a mistyped attribute does not skip a deny', () => {
  expect(effect(attributes('vm', { protected: 'true' }))).toBe('deny');
  expect(effect(attributes('vm', { protected: 1 }))).toBe('deny');
});

test('a misspelt condition does not load', () => {
  expect(complaint(everybody('allow: [{ actions: [start], on: vm, where: { protcted: false } }]'))).toContain(
    'did you mean "protected"?',
  );
});

test('a conditional allow of a type is not an allow of all its things', () => {
  const own = policy(everybody('allow: [{ actions: [start], on: vm, where: { owner: $me } }]'));
  expect(own.decide(ana, 'start', 'vm', attributes('vm', { owner: 'bob' })).effect).toBe('deny');
  // What is no thing at all, as a plain JavaScript caller might hand it over.
  for (const odd of ['vm', [], {}, 0, () => 'vm'])
    expect(own.decide(ana, 'start', 'vm', odd as unknown as Record<string, string>).effect).toBe('deny');
});

test('the library’s words for everything mean nothing here', () => {
  expect(complaint(everybody('allow: [{ actions: [manage], on: vm }]'))).toContain('found the action "manage" on a vm');
  expect(complaint(everybody('allow: [{ actions: ["*"], on: all }]'))).toContain('found "all", expected one of vm,');
  const everything = policy(everybody("allow: [{ actions: ['*'], on: [vm, cluster, job, host] }]"));
  for (const action of ['manage', '*', '\0any', '', 'constructor', '__proto__'])
    expect([action, everything.decide(ana, action, 'vm', attributes('vm')).effect]).toEqual([action, 'deny']);
  for (const type of ['all', '\0any', '', 'constructor', '__proto__', 'toString'])
    expect(everything.decide(ana, 'inspect', type as SubjectType, attributes('vm')).effect).toBe('deny');
});

test('an operation whose action is called manage gives that action and no other', () => {
  const words = { actions: { ...vocabulary.actions, vm: ['manage', 'start'] } };
  const text = everybody('allow: [{ actions: [manage], on: vm }]');
  const one = policyOf([{ name: 'p.yaml', text }], words);
  expect(one.decide(ana, 'manage', 'vm', attributes('vm')).effect).toBe('allow');
  expect(one.decide(ana, 'start', 'vm', attributes('vm')).effect).toBe('deny');
  expect(one.mayEver(ana, 'start', 'vm')).toBe(false);
});

test('no plugin brings an action that stands for all or for none', () => {
  for (const action of ['*', '\0any', '', 'Start', 'a b', '__proto__'])
    expect(() =>
      policyOf([{ name: 'p.yaml', text: everybody() }], { actions: { ...vocabulary.actions, vm: [action] } }),
    ).toThrow(expect.objectContaining({ code: 'PLUGIN_INVALID' }));
});

test('data cannot choose its own type', () => {
  const hosts = policy(everybody('allow: [{ actions: [inspect], on: host }]'));
  for (const key of ['__caslSubjectType__', 'kind', 'type', '__typename', 'modelName']) {
    const given = JSON.parse(JSON.stringify({ ...attributes('vm'), [key]: 'host' }));
    expect(hosts.decide(ana, 'inspect', 'vm', given).effect).toBe('deny');
  }
});

test('an empty where is not everything', () => {
  for (const where of ['{}', 'null', ''])
    expect(complaint(everybody(`allow: [{ actions: [start], on: vm, where: ${where} }]`))).toMatch(
      /expected a (condition|map)/,
    );
});

test('there are no fields, no regular expressions and no operators but in, ne and, for numbers, gt and lt', () => {
  expect(complaint(everybody('allow: [{ actions: [start], on: vm, fields: [x] }]'))).toContain(
    'found the key "fields"',
  );
  for (const operand of [
    "{ $regex: '^(a+)+$' }",
    '{ regex: x }',
    '{ $in: [a] }',
    '{ gt: 1 }',
    '{ eq: a }',
    '{ not: { in: [a] } }',
    '{}',
  ])
    expect(complaint(everybody(`allow: [{ actions: [start], on: vm, where: { owner: ${operand} } }]`))).toContain(
      'expected a value, { in: [values] } or { ne: value }',
    );
});

test('a list is not a value, in a file as in the facts', () => {
  expect(complaint(everybody('allow: [{ actions: [start], on: vm, where: { owner: [ana] } }]'))).toContain(
    'found a list',
  );
  const own = policy(everybody('allow: [{ actions: [start], on: vm, where: { owner: ana } }]'));
  const listed = { ...attributes('vm'), owner: ['bob', 'ana'] } as unknown as Record<string, string>;
  expect(own.decide(ana, 'start', 'vm', listed).effect).toBe('deny');
});

test('a dot in a tag is part of its name and no path', () => {
  const release = policy(everybody('allow: [{ actions: [start], on: vm, where: { tag:v1.2: true } }]'));
  expect(release.decide(ana, 'start', 'vm', attributes('vm', { 'tag:v1.2': true })).effect).toBe('allow');
  expect(release.decide(ana, 'start', 'vm', attributes('vm', { 'tag:v1': true })).effect).toBe('deny');
});
