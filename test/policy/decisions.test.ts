import { describe, expect, test } from 'vitest';
import { attributeTypes } from '../../src/policy/index.ts';
import { policyOf } from '../../src/policy/load.ts';
import type { SubjectType } from '../../src/sdk/index.ts';
import { attributes, everybody, person, policy, vocabulary } from './support.ts';

const ana = person('ana');
const allow = "{ id: a, actions: ['*'], on: vm }";
const deny = "{ id: d, actions: [destroy], on: vm, where: { protected: true }, reason: 'No.' }";

describe('deny wins', () => {
  const kept = attributes('vm', { protected: true });

  test('in any order of the lists of one role', () => {
    for (const lines of [
      [`allow: [${allow}]`, `deny: [${deny}]`],
      [`deny: [${deny}]`, `allow: [${allow}]`],
    ])
      expect(policy(everybody(...lines)).decide(ana, 'destroy', 'vm', kept).rule).toMatch(/^p\.yaml:\d d$/);
  });

  test('in any order of roles, bindings and files', () => {
    const giving = { name: 'g.yaml', text: `version: 1\nroles: { g: { allow: [${allow}] } }` };
    const taking = { name: 't.yaml', text: `version: 1\nroles: { t: { deny: [${deny}] } }` };
    const bound = (first: string, second: string) => ({
      name: 'b.yaml',
      text: `version: 1\nbindings: [{ role: ${first}, users: ['*'] }, { role: ${second}, groups: [g] }]`,
    });
    for (const binding of [bound('g', 't'), bound('t', 'g')])
      for (const files of [
        [giving, taking, binding],
        [binding, taking, giving],
        [taking, binding, giving],
      ]) {
        const both = policyOf(files, vocabulary);
        expect(both.decide(person('ana', 'g'), 'destroy', 'vm', kept)).toEqual({
          effect: 'deny',
          rule: 't.yaml:2 d',
          reason: 'No.',
        });
      }
  });

  test('also when it comes with an included role', () => {
    const text = `version: 1\nroles: { g: { include: [m], allow: [${allow}] }, m: { include: [t] }, t: { deny: [${deny}] } }`;
    const one = policy(`${text}\nbindings: [{ role: g, users: [ana] }]`);
    expect(one.decide(ana, 'destroy', 'vm', kept).effect).toBe('deny');
    expect(one.decide(ana, 'destroy', 'vm', attributes('vm')).effect).toBe('allow');
    expect(one.roles(ana)).toEqual(['g', 'm', 't']);
  });
});

test('of several rules that say the same, the first in the file is named', () => {
  const one = policy(
    everybody('allow:', '  - { id: first, actions: [start], on: vm }', '  - { id: second, actions: ["*"], on: vm }'),
  );
  expect(one.decide(ana, 'start', 'vm', attributes('vm')).rule).toBe('p.yaml:5 first');
  expect(one.decide(ana, 'stop', 'vm', attributes('vm')).rule).toBe('p.yaml:6 second');
});

test('a rule without an id is named by its line', () => {
  const one = policy(everybody('allow:', '  - actions: [start]', '    on: vm'));
  expect(one.decide(ana, 'start', 'vm', attributes('vm')).rule).toBe('p.yaml:5');
});

test('of several confirm rules the strongest counts, in any order', () => {
  const none = '{ id: n, level: none, actions: [stop, crash], on: vm }';
  const ack = '{ id: a, level: ack, actions: [stop, start], on: vm }';
  for (const confirm of [`${none}, ${ack}`, `${ack}, ${none}`]) {
    const one = policy(everybody(`allow: [${allow.replace('id: a', 'id: x')}]`, `confirm: [${confirm}]`));
    const of = (action: string) => one.decide(ana, action, 'vm', attributes('vm'));
    expect(of('stop')).toMatchObject({ effect: 'allow', confirm: 'ack', confirmRule: 'p.yaml:5 a' });
    expect(of('crash')).toMatchObject({ confirm: 'none', confirmRule: 'p.yaml:5 n' });
    expect(of('start').confirm).toBe('ack');
    expect(of('exec')).toEqual({ effect: 'allow', rule: 'p.yaml:4 x' });
  }
});

test('the four levels are one order, whatever the order of the rules and however many roles bring them', () => {
  const levels = ['none', 'ack', 'human', 'two-person'] as const;
  const rule = (level: string) => `{ id: ${level}, level: ${level}, actions: [stop], on: vm }`;
  for (const [weaker, level] of levels.entries())
    for (const stronger of levels.slice(weaker)) {
      const decisions = [`${rule(level)}, ${rule(stronger)}`, `${rule(stronger)}, ${rule(level)}`].map((both) => {
        const confirm = level === stronger ? rule(level) : both;
        const one = policy(everybody("allow: [{ actions: ['*'], on: vm }]", `confirm: [${confirm}]`));
        return one.decide(ana, 'stop', 'vm', attributes('vm'));
      });
      for (const decision of decisions)
        expect(decision).toMatchObject({ confirm: stronger, confirmRule: `p.yaml:5 ${stronger}` });
    }
});

test('whoever may approve is said like everything else', () => {
  const one = policy(everybody('allow: [{ actions: [approve], on: vm, where: { project: shop } }]'));
  expect(one.decide(ana, 'approve', 'vm', attributes('vm')).effect).toBe('allow');
  expect(one.decide(ana, 'approve', 'vm', attributes('vm', { project: 'lab' })).effect).toBe('deny');
  expect(one.decide(ana, 'approve', 'cluster', attributes('cluster')).effect).toBe('deny');
});

test('what is denied is not asked about', () => {
  const one = policy(everybody(`deny: [${deny}]`, 'confirm: [{ level: ack, actions: [destroy], on: vm }]'));
  expect(one.decide(ana, 'destroy', 'vm', attributes('vm', { protected: true })).confirm).toBeUndefined();
  expect(one.decide(ana, 'destroy', 'vm', attributes('vm'))).toEqual({ effect: 'deny', rule: '(default deny)' });
});

test('$me is whoever asks, alone, in a list and negated', () => {
  const allows = (owner: string) => {
    const one = policy(everybody(`allow: [{ actions: [start], on: vm, where: { owner: ${owner} } }]`));
    return ['ana', 'bob', 'eve'].map((user) => one.decide(person(user), 'start', 'vm', attributes('vm')).effect);
  };
  expect(allows('$me')).toEqual(['allow', 'deny', 'deny']);
  expect(allows('{ in: [$me, eve] }')).toEqual(['allow', 'deny', 'deny']);
  expect(allows('{ ne: $me }')).toEqual(['deny', 'allow', 'allow']);
  expect(allows('ana')).toEqual(['allow', 'allow', 'allow']);
});

test('a tag that a thing does not carry is false', () => {
  const effect = (where: string, ...tags: string[]) => {
    const carried = Object.fromEntries(tags.map((tag) => [`tag:${tag}`, true]));
    const one = policy(everybody(`allow: [{ actions: [start], on: vm, where: { tag:ci: ${where} } }]`));
    return one.decide(ana, 'start', 'vm', attributes('vm', carried)).effect;
  };
  for (const [where, without, withIt] of [
    ['true', 'deny', 'allow'],
    ['false', 'allow', 'deny'],
    ['{ ne: true }', 'allow', 'deny'],
    ['{ in: [false] }', 'allow', 'deny'],
  ] as const)
    expect([where, effect(where), effect(where, 'other'), effect(where, 'ci')]).toEqual([
      where,
      without,
      without,
      withIt,
    ]);
});

describe('attributes that are not exactly the declared ones deny', () => {
  const all = policy(everybody("allow: [{ actions: ['*'], on: [vm, cluster, job, host, lab] }]"));
  const others = ['text', 7, true, null, undefined, ['text'], { text: 'text' }, Number.NaN, Number.POSITIVE_INFINITY];
  const machine = ['create', 'inspect', ...vocabulary.actions.vm];
  const actions = {
    vm: machine,
    cluster: machine,
    job: ['create', 'inspect', 'cancel'],
    host: ['create', 'inspect'],
    lab: ['create', 'inspect'],
  };
  /** Of every action there is: one word when all answers are the same. */
  const effect = (type: SubjectType, given: object) =>
    [
      ...new Set(actions[type].map((action) => all.decide(ana, action, type, given as Record<string, string>).effect)),
    ].join();

  for (const type of ['vm', 'cluster', 'job', 'host', 'lab'] as const) {
    const whole = attributes(type);
    test(`of a ${type}: one missing, mistyped or too many`, () => {
      expect(effect(type, whole)).toBe('allow');
      for (const name of Object.keys(attributeTypes[type]).filter((name) => name !== 'tag:*')) {
        const { [name]: right, ...rest } = whole;
        expect([name, effect(type, rest)]).toEqual([name, 'deny']);
        for (const value of others.filter(
          (other) => typeof other !== typeof right || Number.isFinite(other) !== Number.isFinite(right),
        ))
          expect([name, value, effect(type, { ...whole, [name]: value })]).toEqual([name, value, 'deny']);
      }
      for (const extra of ['constructor', 'toString', 'Owner', 'tag:', 'tags', '__caslSubjectType__', ''])
        expect([extra, effect(type, { ...whole, [extra]: 'x' })]).toEqual([extra, 'deny']);
    });
  }

  test('what is inherited is not there', () => {
    const { owner, ...rest } = attributes('vm');
    expect(effect('vm', Object.assign(Object.create({ owner }), rest))).toBe('deny');
    const tagged = policy(everybody('allow: [{ actions: [start], on: vm, where: { tag:ci: true } }]'));
    const heir = Object.assign(Object.create({ 'tag:ci': true }), attributes('vm'));
    expect(tagged.decide(ana, 'start', 'vm', heir).effect).toBe('deny');
  });

  test('a tag is a flag and nothing else', () => {
    for (const value of ['true', 1, null]) expect(effect('vm', { ...attributes('vm'), 'tag:ci': value })).toBe('deny');
    expect(effect('job', { ...attributes('job'), 'tag:ci': true })).toBe('deny');
  });
});

test('everybody who proved who they are has the roles of *, the system and the nameless have not', () => {
  const one = policy(everybody(`allow: [${allow}]`));
  expect(one.roles(person('ana'))).toEqual(['all']);
  expect(one.roles({ user: 'ana', groups: [], via: 'cli' })).toEqual(['all']);
  expect(one.roles({ user: 'system:main', groups: [], via: 'system' })).toEqual([]);
  const named = policy('version: 1\nroles: { r: {} }\nbindings: [{ role: r, users: [root], groups: [wheel] }]');
  expect(named.roles({ user: 'root', groups: ['wheel'], via: 'system' })).toEqual([]);
  expect(one.roles(person(''))).toEqual([]);
});

describe('what an agent calls itself', () => {
  const text = (agents: string) =>
    [
      'version: 1',
      'roles:',
      '  gives: { allow: [{ actions: [start, stop], on: vm }] }',
      "  takes: { deny: [{ id: t, actions: [stop], on: vm, reason: 'No.' }], confirm: [{ actions: [start], on: vm, level: ack }] }",
      `bindings: [{ role: gives, users: [ana] }, { role: takes, ${agents} }]`,
    ].join('\n');
  const start = (one: ReturnType<typeof policy>, who: object) => {
    const { effect, confirm } = one.decide({ ...ana, ...who }, 'start', 'vm', attributes('vm'));
    return [effect, confirm, one.decide({ ...ana, ...who }, 'stop', 'vm', attributes('vm')).effect];
  };
  const free = ['allow', undefined, 'allow'];
  const bound = ['allow', 'ack', 'deny'];

  test('brings nothing without a binding of the person', () => {
    const one = policy(text('agents: [claude]'));
    for (const agent of ['ana', 'claude', '*', ''])
      expect(start(one, { user: 'eve', agent }).slice(0, 2)).toEqual(['deny', undefined]);
  });

  test('takes away what its role takes, from nobody but those it names', () => {
    const one = policy(text('agents: [claude, codex]'));
    expect([start(one, { agent: 'claude' }), start(one, { agent: 'codex' })]).toEqual([bound, bound]);
    for (const agent of ['Claude', 'cursor', '*', 'claude ', undefined])
      expect([agent, start(one, agent === undefined ? {} : { agent })]).toEqual([agent, free]);
  });

  test('cannot be chosen so that a star does not reach it, nor left out', () => {
    const one = policy(text("agents: ['*']"));
    for (const agent of ['claude', '', '*', 'nobody']) expect(start(one, { agent })).toEqual(bound);
    expect(start(one, {})).toEqual(bound);
    expect(start(one, { via: 'cli', agent: 'x' })).toEqual(bound);
    expect(start(one, { via: 'cli' })).toEqual(bound);
  });

  test('narrows a binding of people', () => {
    const one = policy(text('users: [bob], groups: [lab], agents: [claude]'));
    expect(start(one, { agent: 'claude' })).toEqual(free);
    expect(start(one, { agent: 'claude', groups: ['lab'] })).toEqual(bound);
    expect(start(one, { groups: ['lab'] })).toEqual(free);
  });
});

test('numbers are compared, and neither end counts itself', () => {
  const one = policy(
    everybody(`allow: [{ actions: [start], on: vm, where: { vcpus: { gt: 2, lt: 8 }, memory_mb: { lt: 2000.5 } } }]`),
  );
  const may = (vcpus: number, memory_mb = 1024) =>
    one.decide(ana, 'start', 'vm', attributes('vm', { vcpus, memory_mb })).effect === 'allow';
  expect([1, 2, 2.5, 3, 7, 8, 9].map((vcpus) => may(vcpus))).toEqual([false, false, true, true, true, false, false]);
  expect([2000, 2001, -1].map((memory) => may(4, memory))).toEqual([true, false, true]);
});

test('mayEver is false only where no thing could be allowed', () => {
  const one = policy(
    everybody(
      'allow:',
      '  - { actions: [start, stop], on: vm, where: { owner: nobody-at-all } }',
      '  - { actions: [exec], on: vm }',
      'deny:',
      "  - { actions: [stop], on: vm, where: { protected: true }, reason: 'No.' }",
      "  - { actions: [exec], on: vm, reason: 'Never.' }",
    ),
  );
  const ever = (action: string, type: SubjectType = 'vm') => one.mayEver(ana, action, type);
  expect([ever('start'), ever('stop'), ever('exec'), ever('crash'), ever('start', 'cluster')]).toEqual([
    ...[true, true, false, false, false],
  ]);
  expect(one.mayEver(person(''), 'start', 'vm')).toBe(false);
});

test('a hundred combinations of roles each keep their own rights', () => {
  const actions = ['create', 'inspect', 'start', 'stop', 'destroy', 'crash', 'exec'];
  const roles = actions.map((action) => `  ${action}: { allow: [{ actions: [${action}], on: vm }] }`);
  const bindings = actions.map((action) => `  - { role: ${action}, groups: [${action}] }`);
  const one = policy(['version: 1', 'roles:', ...roles, 'bindings:', ...bindings].join('\n'));
  for (const round of [1, 2])
    for (let set = 0; set < 128; set++) {
      const mine = actions.filter((_, bit) => set & (1 << bit));
      const who = person('ana', ...mine);
      const may = actions.filter((action) => one.decide(who, action, 'vm', attributes('vm')).effect === 'allow');
      expect([round, may]).toEqual([round, mine]);
    }
});

test('the hash follows the files and the vocabulary, and nothing else', () => {
  const text = everybody(`allow: [${allow}]`);
  const more = { actions: { ...vocabulary.actions, vm: [...vocabulary.actions.vm, 'snapshot'] } };
  const shuffled = { actions: { ...vocabulary.actions, vm: [...vocabulary.actions.vm].reverse() } };
  const hash = (given: string, words = vocabulary) => policyOf([{ name: 'p.yaml', text: given }], words).hash;
  expect(hash(text)).toMatch(/^[0-9a-f]{64}$/);
  expect(hash(text)).toBe(hash(text, shuffled));
  expect(new Set([hash(text), hash(`${text}\n`), hash(text, more)]).size).toBe(3);
});
