import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { coverageOf, runTable, tableOf, tableSchema } from '../../../src/policy/analysis/index.ts';
import { LabError } from '../../../src/sdk/index.ts';
import { vocabulary } from '../support.ts';
import { destructive, laid } from './support.ts';

const lab = laid(
  [
    'version: 1',
    'roles:',
    '  user:',
    '    allow: [{ id: own, actions: [start, destroy, crash], on: [vm, cluster], where: { owner: $me } }]',
    '    deny:',
    '      - { id: kept, actions: [destroy], on: vm, where: { protected: true }, reason: It is kept. }',
    '    confirm:',
    '      - { id: quick, level: none, actions: [crash], on: vm }',
    '      - { id: slow, level: ack, actions: [start], on: vm, where: { project: big } }',
    'bindings: [{ role: user, groups: [lab] }]',
  ].join('\n'),
);

const table = (...tests: readonly string[]) =>
  [
    'version: 1',
    'principals: { sam: { groups: [lab] }, eve: { user: eve-2 } }',
    'things:',
    '  own: { type: vm, owner: $me }',
    '  kept: { type: vm, owner: sam, protected: true, tag:ci: true }',
    '  both: { type: [vm, cluster], owner: $me }',
    '  other: { type: cluster }',
    'tests:',
    ...tests.map((row) => `  - { ${row} }`),
  ].join('\n');

const run = (...tests: readonly string[]) => {
  const { cases } = tableOf({ name: 't.yaml', text: table(...tests) }, vocabulary);
  return runTable(lab.policy, cases, destructive);
};
const failures = (...tests: readonly string[]) =>
  run(...tests).failures.map(
    ({ case: { place, who, on, thing }, got, rule }) => `${place} ${who.user} ${on} ${thing.type}: ${got} ${rule}`,
  );

test('a table that is right has nothing to say', () => {
  expect(
    failures(
      'who: sam, action: start, on: both, expect: allow',
      'who: sam, action: start, on: own, expect: none, rule: own',
      'who: sam, action: destroy, on: own, expect: ack',
      'who: sam, action: crash, on: own, expect: none, rule: quick',
      'who: sam, action: [destroy], on: [kept], expect: deny, rule: kept',
      'who: [sam, eve], action: [start, inspect], on: other, expect: deny',
    ),
  ).toEqual([]);
});

test('a row that is not so names its place, what was decided and by which rule', () => {
  expect(
    failures(
      'who: [sam, eve], action: start, on: both, expect: allow',
      'who: sam, action: destroy, on: own, expect: none',
      'who: sam, action: start, on: own, expect: allow, rule: kept',
      'who: sam, action: destroy, on: kept, expect: ack',
    ),
  ).toEqual([
    't.yaml:9 eve-2 both vm: deny (default deny)',
    't.yaml:9 eve-2 both cluster: deny (default deny)',
    't.yaml:10 sam own vm: allow, asked: ack p.yaml:4 own',
    't.yaml:11 sam own vm: allow p.yaml:4 own',
    't.yaml:12 sam kept vm: deny p.yaml:6 kept',
  ]);
});

test('coverage counts the rules that decided something or made somebody be asked', () => {
  const { exercised } = run('who: sam, action: crash, on: own, expect: none');
  const coverage = coverageOf([lab, lab], exercised);
  expect(coverage).toMatchObject({ rules: 4, exercised: 2, percent: 50 });
  expect(coverage.never.map(({ name }) => name)).toEqual(['kept', 'slow']);
});

const fine = 'who: sam, action: start, on: own, expect: allow';

describe('what no test could mean is refused with its place', () => {
  test.each([
    [
      table('who: saam, action: start, on: own, expect: allow'),
      /^t\.yaml:9:12: found the principal "saam", .*did you mean "sam"\?$/,
    ],
    [
      table('who: sam, action: [start, strat], on: own, expect: allow'),
      /^t\.yaml:9:33: found the action "strat" on a vm, .*"start"\?$/,
    ],
    [table('who: sam, action: start, on: [owm], expect: allow'), /^t\.yaml:9:37: found the thing "owm", .*"own"\?$/],
    [
      table('who: sam, action: start, on: own, expect: yes'),
      /^t\.yaml:9:49: found "yes", expected one of allow, deny, /,
    ],
    [table('who: sam, action: start, on: own, exepct: allow'), /^t\.yaml:9:41: found the key "exepct", .*"expect"\?$/],
    [
      table(fine).replace('type: vm, owner: $me', 'type: vm, ownr: $me'),
      /^t\.yaml:4:20: found the attribute "ownr" of a vm, .*"owner"\?$/,
    ],
    [
      table(fine).replace('protected: true', 'protected: yes'),
      /^t\.yaml:5:44: found "yes" for "protected", expected true or false\.$/,
    ],
    [
      table(fine).replace('type: cluster', 'type: cluster, kind: vm'),
      /^t\.yaml:7:27: found the attribute "kind" of a cluster, /,
    ],
    [
      table(fine).replace('owner: sam', 'owner: $you'),
      /^t\.yaml:5:28: found "\$you" for "owner", expected another text, or \$me/,
    ],
    [
      table(fine).replace('version: 1', 'version: 2'),
      /^t\.yaml:1:10: found 2, expected 1, the version of this language\.$/,
    ],
    [table(fine).replace('own: {', 'own: &x {'), /^t\.yaml:4:\d+: found the anchor "&x", expected none\.$/],
  ])('%#', (text, message) => {
    expect(() => tableOf({ name: 't.yaml', text }, vocabulary)).toThrow(LabError);
    expect(() => tableOf({ name: 't.yaml', text }, vocabulary)).toThrow(message);
  });
});

test('the editor’s schema accepts what loads and underlines what does not', () => {
  const fits = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true }).compile(
    tableSchema(vocabulary),
  );
  expect([fits(parse(table(fine))), fits.errors]).toEqual([true, null]);
  for (const [from, to] of [
    ['action: start', 'action: strat'],
    ['expect: allow', 'expect: maybe'],
    ['type: cluster', 'type: clusters'],
    ['type: cluster', 'type: cluster, kind: vm'],
    ['owner: sam', 'owner: 7'],
    ['owner: sam', 'ownr: sam'],
    ['protected: true', 'protected: yes'],
    ['who: sam', 'who: []'],
  ] as const)
    expect([to, fits(parse(table(fine).replace(from, to)))]).toEqual([to, false]);
});
