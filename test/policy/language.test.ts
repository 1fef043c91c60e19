import { expect, test } from 'vitest';
import { policyOf } from '../../src/policy/load.ts';
import { LabError } from '../../src/sdk/index.ts';
import { complaint, everybody, vocabulary } from './support.ts';

const rule = (text: string) => everybody('allow:', `  - { ${text} }`);

const everybodyOf = (binding: string) => `version: 1\nroles: { u: {} }\nbindings: [${binding}]`;
const bound = (binding: string) => everybodyOf(`{ ${binding} }`);

// ‸ marks where the complaint must point.
test('every complaint says where, what was found, what was expected, and what may have been meant', () => {
  for (const [marked, said] of [
    ['version: ‸2', 'found 2, expected 1, the version of this language.'],
    [
      'version: 1\n‸rolse: {}',
      'found the key "rolse", expected one of version, roles, bindings; did you mean "roles"?',
    ],
    [
      rule('‸action: [start], on: vm'),
      'found the key "action", expected one of id, actions, on, where, reason; did you mean "actions"?',
    ],
    [everybody('limits:', '  - { per: person, ‸vmz: 3 }'), 'found the key "vmz", expected one of id, per, group,'],
    [everybody('limits:', '  - { per: ‸host, vms: 3 }'), 'found "host", expected one of person, group, project'],
    [everybody('limits:', '  - { per: person, vms: ‸-1 }'), 'found -1, expected 0 or more.'],
    [everybody('limits:', '  - { per: person, vms: ‸1.5 }'), 'found 1.5, expected a whole number.'],
    [everybody('limits:', '  - ‸{ per: person }'), 'found a limit of nothing, expected at least one number.'],
    [everybody('limits:', '  - { per: person, group: ‸g, vms: 3 }'), 'found a group with per: person, expected none.'],
    [
      everybody('limits:', '  - { per: group, project: ‸p, vms: 3 }'),
      'found a project with per: group, expected none.',
    ],
    [
      everybody('limits:', '  - { per: project, calls_per_minute: ‸9 }'),
      'found calls of a project, expected them per person or group.',
    ],
    [
      everybody('limits:', '  - { per: person, lease: { default_h: 9, longest_h: ‸8 } }'),
      'found fewer hours than default_h, expected at least 9.',
    ],
    [
      everybody('limits: [{ id: a, per: person, vms: 1 }, { id: ‸a, per: person, vms: 2 }]'),
      'found the id "a" again, expected it once: it is used at p.yaml:4.',
    ],
    [everybody('allow:', '  - ‸{ actions: [start] }'), 'found no "on", expected one of vm, cluster, job, host, lab.'],
    [
      rule('actions: [start], on: [vm, ‸clustr]'),
      'found "clustr", expected one of vm, cluster, job, host, lab; did you mean "cluster"?',
    ],
    [
      rule('actions: [‸strat], on: vm'),
      'found the action "strat" on a vm, expected one of approve, crash, create, cut, destroy, exec, extend, hand_over, handle, inspect, leave, restore, share, start, stop, take, trash; did you mean "start"?',
    ],
    [
      rule('actions: [‸start], on: [vm, job]'),
      'found the action "start" on a job, expected one of approve, cancel, create, inspect.',
    ],
    [rule("actions: [‸'*', start], on: vm"), "found '*' among other actions, expected it to stand alone."],
    [rule('actions: ‸[], on: vm'), "found [], expected a list of actions, or ['*'] for all of them."],
    [
      rule('actions: [start], on: vm, where: { ‸ownr: $me }'),
      'found the attribute "ownr" of a vm, expected one of name, owner, project, provider, protected, leased, trashed, shared, tag:<name>, cluster, role, kind, managed, vcpus, memory_mb, disk_gb; did you mean "owner"?',
    ],
    [
      rule('actions: [inspect], on: [vm, host], where: { ‸owner: $me }'),
      'found the attribute "owner" of a host, expected one of name, provider.',
    ],
    [
      rule('actions: [start], on: vm, where: { protected: ‸yes }'),
      'found "yes" for "protected", expected true or false.',
    ],
    [rule('actions: [start], on: vm, where: { owner: ‸1000 }'), 'found 1000 for "owner", expected text, in quotes.'],
    [
      rule('actions: [start], on: vm, where: { vcpus: { in: [1, ‸two] } }'),
      'found "two" for "vcpus", expected a number.',
    ],
    [rule('actions: [start], on: vm, where: { vcpus: { ne: ‸.nan } }'), 'found NaN for "vcpus", expected a number.'],
    [rule('actions: [start], on: vm, where: { vcpus: ‸$me }'), 'found "$me" for "vcpus", expected a number.'],
    [
      rule('actions: [start], on: vm, where: { owner: ‸$you }'),
      'found "$you" for "owner", expected another text, or $me, the only word that begins with $.',
    ],
    [
      rule('actions: [start], on: vm, where: { name: ‸web-* }'),
      'found "web-*" for "name", expected the whole text, for there are no patterns.',
    ],
    [
      rule('actions: [start], on: vm, where: { ‸tag:*: true }'),
      'found the attribute "tag:*" of a vm, expected one of name, owner,',
    ],
    [
      rule('actions: [start], on: vm, where: { kind: ‸contaner }'),
      'found "contaner" for "kind", expected one of vm, container; did you mean "container"?',
    ],
    [
      rule('actions: [start], on: vm, where: { owner: { in: ‸[] } }'),
      'found [], expected a list of at least one value.',
    ],
    [
      rule('actions: [start], on: vm, where: { owner: ‸{ in: [a], ne: b } }'),
      'found "in" beside "ne", expected a value, { in: [values] } or { ne: value }.',
    ],
    [
      rule('actions: [start], on: vm, where: { vcpus: { gt: ‸eight } }'),
      'found "eight" for "vcpus", expected a number.',
    ],
    [
      rule('actions: [start], on: vm, where: { vcpus: ‸{ gt: 8, lt: 8 } }'),
      'found nothing above 8 and below 8, expected a range that holds a number.',
    ],
    [
      rule('actions: [start], on: vm, where: { vcpus: ‸{ gt: 8, ne: 9 } }'),
      'found "gt" beside "ne", expected a value, { in: [values] }, { gt: number, lt: number } or { ne: value }.',
    ],
    [
      rule('actions: [start], on: vm, where: { owner: ‸{ gt: a } }'),
      'found {"gt":"a"}, expected a value, { in: [values] } or { ne: value }.',
    ],
    [everybody('deny: [‸{ actions: [start], on: vm }]'), 'found no "reason", expected text.'],
    [
      everybody('confirm: [{ level: ‸humans, actions: [stop], on: vm }]'),
      'found "humans", expected one of none, ack, human, two-person; did you mean "human"?',
    ],
    [everybody('include: [‸al]'), 'found the role "al", expected "all"; did you mean "all"?'],
    [everybody('include: [‸all]'), 'found a circle (all → all), expected none.'],
    [everybody('allow: ‸all'), 'found "all", expected a list.'],
    [
      'version: 1\nroles: { ‸Admin: {} }',
      `found "Admin", expected a role's name: lower-case letters, digits and dashes, at most 40.`,
    ],
    [bound('role: ‸v, users: [ana]'), 'found the role "v", expected "u".'],
    [everybodyOf('‸{ role: u }'), 'found a binding of nobody, expected users, groups or agents.'],
    [bound('role: u, users: [‸an*]'), `found "an*", expected a user's name, or '*' for everybody.`],
    [bound("role: u, groups: [‸'*']"), `found "*", expected a group's name.`],
    [
      bound('role: u, agents: [‸claude-*]'),
      `found "claude-*", expected what an agent calls itself, or '*' for any of them.`,
    ],
    [
      bound('role: u, ‸agent: [claude]'),
      'found the key "agent", expected one of role, users, groups, agents; did you mean "agents"?',
    ],
    [
      `version: 1\nroles: { u: { allow: [{ actions: [start], on: vm }] } }\nbindings: [{ role: ‸u, agents: [x] }]`,
      'found the role "u", which allows something, expected one that only denies, asks and limits, because what an',
    ],
    [
      `version: 1\nroles: { u: { include: [v] }, v: { confirm: [{ level: none, actions: [stop], on: vm }] } }\nbindings: [{ role: ‸u, users: [ana], agents: ['*'] }]`,
      'found the role "u", which includes "v", which saves a question, expected one that only denies, asks and limits',
    ],
  ] as const) {
    const before = marked.slice(0, marked.indexOf('‸')).split('\n');
    const place = `p.yaml:${before.length}:${(before.at(-1) ?? '').length + 1}`;
    expect(complaint(marked.replace('‸', ''))).toSatisfy((all: string) => all.startsWith(`${place}: ${said}`), said);
  }
});

test('a complaint carries its place as data', () => {
  const broken = () => policyOf([{ name: 'a/b.yaml', text: 'version: 1\nroles: []' }], vocabulary);
  expect(broken).toThrow(LabError);
  expect(broken).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', details: { file: 'a/b.yaml', line: 2, column: 8 } }),
  );
});

const file = (name: string, ...lines: readonly string[]) => ({ name, text: ['version: 1', ...lines].join('\n') });

test('a role that is defined twice names both places', () => {
  const both = () =>
    policyOf([file('a.yaml', 'roles: { user: {} }'), file('b.yaml', '', 'roles:', '  user: {}')], vocabulary);
  expect(both).toThrow('b.yaml:4:3: found the role "user" again, expected it once: it is defined at a.yaml:2.');
});

test('an id that is used twice names both places', () => {
  const one = (role: string) => `roles: { ${role}: { allow: [{ id: x, actions: [start], on: vm }] } }`;
  const both = () => policyOf([file('a.yaml', one('a')), file('b.yaml', one('b'))], vocabulary);
  expect(both).toThrow('b.yaml:2:29: found the id "x" again, expected it once: it is used at a.yaml:2.');
});

test('roles include each other across files, whichever comes first', () => {
  const base = file('base.yaml', 'roles: { base: { allow: [{ actions: [start], on: vm }] } }');
  const top = file('top.yaml', 'roles: { top: { include: [base] } }', 'bindings: [{ role: top, users: [ana] }]');
  for (const files of [
    [base, top],
    [top, base],
  ])
    expect(policyOf(files, vocabulary).roles({ user: 'ana', groups: [], via: 'cli' }).toSorted()).toEqual([
      'base',
      'top',
    ]);
});

test('a longer circle is shown whole', () => {
  const text = 'version: 1\nroles: { a: { include: [b] }, b: { include: [c] }, c: { include: [a] } }';
  expect(complaint(text)).toBe('p.yaml:2:67: found a circle (a → b → c → a), expected none.');
});

test('no policy file at all is said so', () => {
  expect(() => policyOf([], vocabulary)).toThrow('The config names no policy file');
});
