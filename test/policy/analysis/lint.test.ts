import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { laidOpen, lint } from '../../../src/policy/analysis/index.ts';
import { everybody, vocabulary } from '../support.ts';
import { destructive, laid } from './support.ts';

const found = (text: string) =>
  lint(laid(text), { destructive }).map(
    ({ code, severity, line, message }) => `${line} ${severity} ${code}: ${message}`,
  );
const codes = (text: string) => lint(laid(text), { destructive }).map(({ code, severity }) => `${severity} ${code}`);

const everything = "{ id: all, actions: ['*'], on: cluster, where: { owner: $me } }";

test('what says what it means gets no word', () => {
  expect(found(everybody(`allow: [${everything}]`))).toEqual([]);
});

describe('shadowed', () => {
  const deny = (where: string) => `deny: [{ id: no, actions: [start], on: vm${where}, reason: No. }]`;

  test('an allow that a deny covers wholly', () => {
    const text = everybody('allow: [{ id: go, actions: [start], on: vm, where: { protected: true } }]', deny(''));
    expect(found(text)).toEqual([
      '4 warning shadowed: rule "go" never lets anything through: no forbids all of it [shadowed]'.replace(
        ' [shadowed]',
        '',
      ),
    ]);
  });

  test('also by several denies together', () => {
    const denies = [true, false].map(
      (is) => `{ id: n${is}, actions: ['*'], on: vm, where: { leased: ${is} }, reason: No. }`,
    );
    const text = everybody('allow: [{ id: go, actions: [start], on: vm }]', `deny: [${denies.join(', ')}]`);
    expect(codes(text)).toContain('warning shadowed');
  });

  test('not when one thing is left', () => {
    const allow = 'allow: [{ id: go, actions: [start], on: vm, where: { project: { in: [a, b] } } }]';
    expect(codes(everybody(allow, deny(', where: { project: a }')))).toEqual([]);
  });

  test('not when somebody has the allow without the deny', () => {
    const text = [
      'version: 1',
      'roles:',
      '  go: { allow: [{ id: go, actions: [start], on: vm, where: { owner: $me } }] }',
      '  no: { deny: [{ id: no, actions: [start], on: vm, reason: No. }] }',
      'bindings: [{ role: go, groups: [g, h] }, { role: no, groups: [h] }]',
    ].join('\n');
    expect(codes(text)).toEqual([]);
    expect(codes(text.replace('groups: [h]', "users: ['*']"))).toEqual(['warning shadowed']);
  });

  test('$me is a name like any other where a rule names it', () => {
    const text = everybody(
      'allow: [{ id: go, actions: [start], on: vm, where: { owner: ana } }]',
      'deny: [{ id: no, actions: [start], on: vm, where: { owner: $me }, reason: No. }]',
    );
    expect(codes(text)).toEqual([]);
  });
});

describe('unreachable', () => {
  test('a rule after one that says more', () => {
    const text = everybody(
      'allow:',
      '  - { id: more, actions: [start, stop], on: [vm, cluster], where: { owner: $me } }',
      '  - { id: less, actions: [stop], on: vm, where: { owner: $me, protected: false } }',
    );
    expect(found(text)).toEqual(['6 warning unreachable: rule "less" never decides: more always comes first']);
  });

  test('a weaker question under a stronger one, wherever it stands', () => {
    const text = everybody(
      `allow: [${everything}]`,
      'confirm:',
      '  - { id: weak, level: none, actions: [start], on: cluster, where: { owner: $me } }',
      '  - { id: strong, level: ack, actions: [start, stop], on: cluster }',
    );
    expect(found(text)).toEqual(['6 warning unreachable: rule "weak" never decides: strong always comes first']);
  });

  test('is a note when only the bindings make it so: the role is whole by itself', () => {
    const text = [
      'version: 1',
      'roles:',
      '  see: { allow: [{ id: see, actions: [inspect], on: host }] }',
      '  use: { allow: [{ id: use, actions: [inspect], on: host, where: { name: main } }] }',
      "bindings: [{ role: see, users: ['*'] }, { role: use, groups: [g] }]",
    ].join('\n');
    expect(codes(text)).toEqual(['note unreachable']);
  });
});

describe('the rest', () => {
  test('the same rule twice, however it is written', () => {
    const text = everybody(
      'allow:',
      '  - { id: one, actions: [start, stop], on: [vm, cluster], where: { owner: $me, project: { in: [a, b] } } }',
      '  - { actions: [stop, start], on: [cluster, vm], where: { project: { in: [b, a] }, owner: $me } }',
    );
    expect(found(text)).toEqual([
      '6 warning duplicate: this rule says the same as p.yaml:5 one; one of them is enough',
    ]);
  });

  test('of two roles, of which one includes the other, the one that could do without it', () => {
    const rule = 'actions: [start], on: vm, where: { owner: $me }';
    const text = [
      'version: 1',
      'roles:',
      `  whole: { include: [part], allow: [{ ${rule} }] }`,
      `  part: { allow: [{ ${rule} }] }`,
      `  other: { allow: [{ ${rule} }] }`,
      'bindings: [{ role: whole, groups: [g] }, { role: other, groups: [h] }]',
    ].join('\n');
    expect(found(text)).toEqual(['3 warning duplicate: this rule says the same as p.yaml:4; one of them is enough']);
  });

  test('everything on every machine, unless the role is called an admin’s', () => {
    const text =
      "version: 1\nroles: { ops: { allow: [{ actions: ['*'], on: vm }] } }\nbindings: [{ role: ops, users: [olga] }]";
    expect(codes(text)).toEqual(['warning over-broad']);
    expect(codes(text.replaceAll('ops', 'lab-admin'))).toEqual([]);
    expect(codes(text.replace("['*'], on: vm", "['*'], on: job"))).toEqual([]);
  });

  test('everybody may destroy what is not theirs', () => {
    const allow = (where: string) =>
      everybody(`allow: [{ id: x, actions: [destroy, start], on: vm, where: { ${where} } }]`);
    expect(found(allow('project: scratch'))).toEqual([
      '4 warning everybody-destroys: rule "x" lets everybody "destroy" a vm that is somebody else\'s',
    ]);
    expect(codes(allow('owner: $me'))).toEqual([]);
  });

  test('a question taken from what destroys: a warning for what is another’s, a note for one’s own', () => {
    const text = (where: string) =>
      everybody(`allow: [${everything}]`, `confirm: [{ id: n, level: none, actions: [destroy], on: cluster${where} }]`);
    expect(codes(text(''))).toEqual(['warning unasked-destroy']);
    expect(codes(text(', where: { owner: $me }'))).toEqual(['note unasked-destroy']);
    expect(codes(text('').replace('[destroy]', '[start]'))).toEqual([]);
  });

  test('a question about what nobody is allowed', () => {
    const text = everybody(`allow: [${everything}]`, 'confirm: [{ id: q, level: ack, actions: [cancel], on: job }]');
    expect(found(text)).toEqual([
      '5 warning idle-confirm: rule "q" asks about nothing that is ever allowed to anybody who has it',
    ]);
  });

  test('a question about what another role allows is none of these', () => {
    const text = [
      'version: 1',
      'roles:',
      '  ask: { confirm: [{ level: ack, actions: [start], on: vm }] }',
      '  go: { allow: [{ actions: [start], on: vm, where: { owner: $me } }] }',
      'bindings: [{ role: ask, groups: [a] }, { role: go, groups: [g] }]',
    ].join('\n');
    expect(codes(text)).toEqual([]);
  });

  test('a role that nobody has, unless it is a part of one that somebody has', () => {
    const text = [
      'version: 1',
      'roles:',
      '  part: { allow: [{ actions: [start], on: vm, where: { owner: $me } }] }',
      '  whole: { include: [part] }',
      '  alone: { allow: [{ actions: [stop], on: vm, where: { owner: $me } }] }',
      'bindings: [{ role: whole, groups: [g] }]',
    ].join('\n');
    expect(found(text)).toEqual(['5 note unused-role: the role "alone" is given to nobody']);
  });
});

describe('agents and numbers', () => {
  test('a role that only agents bring is had by those who come through them', () => {
    const text = [
      'version: 1',
      'roles:',
      '  user: { allow: [{ id: own, actions: [start], on: vm, where: { owner: $me } }] }',
      '  tame: { deny: [{ id: no, actions: [start], on: vm, reason: No. }] }',
      'bindings: [{ role: user, groups: [g] }, { role: tame, agents: [cursor] }]',
    ].join('\n');
    expect(found(text)).toEqual([]);
    // Nothing proves that a caller is no agent.
    expect(codes(text.replace('[cursor]', "['*']"))).toEqual(['warning shadowed']);
  });

  test('a range is covered by ranges that leave nothing between them', () => {
    const text = (above: number) =>
      everybody(
        'allow: [{ id: go, actions: [start], on: vm, where: { owner: $me, vcpus: { gt: 2, lt: 8 } } }]',
        `deny: [{ actions: [start], on: vm, where: { vcpus: { lt: 5 } }, reason: No. }, { actions: [start], on: vm, where: { vcpus: { gt: ${above} } }, reason: No. }]`,
      );
    expect(codes(text(4))).toEqual(['warning shadowed']);
    // Five itself is left.
    expect(codes(text(5))).toEqual([]);
  });
});

test('the shipped policies have neither errors nor warnings', () => {
  for (const name of ['lab-of-one', 'shared-lab.example']) {
    const files = ['policies/roles.yaml', `policies/${name}.yaml`];
    const laid = laidOpen(
      files.map((file) => ({ name: file, text: readFileSync(file, 'utf8') })),
      vocabulary,
    );
    expect(lint(laid, { destructive }).filter(({ severity }) => severity !== 'note')).toEqual([]);
  }
});

test('with too many classes of things it says so, and says nothing against a rule without proof', () => {
  const tags = Array.from({ length: 40 }, (_, at) => at);
  const deny = (at: number) =>
    `{ actions: [start], on: vm, where: { tag:t${at}: true, tag:t${(at + 1) % 40}: true }, reason: No. }`;
  const text = everybody(
    'allow: [{ id: go, actions: [start], on: vm, where: { owner: $me } }]',
    `deny: [${tags.map(deny).join(', ')}, { actions: [start], on: vm, where: { tag:t0: { in: [true, false] } }, reason: No. }]`,
  );
  const problems = lint(laid(text), { destructive });
  expect(problems.at(-1)).toMatchObject({ code: 'unproven', severity: 'note' });
}, 30_000);
