import { expect, test } from 'vitest';
import { diff, type Laid, lint, verdictOf } from '../../../src/policy/analysis/index.ts';
import type { Principal } from '../../../src/sdk/index.ts';
import { dice, written } from '../random.ts';
import type { PolicyModel } from '../reference.ts';
import { attributes, person } from '../support.ts';
import { actions, randomDeny, smallPolicy } from './random.ts';
import { destructive, laid } from './support.ts';

const flags = [true, false];

/** A thing of every class that random policies tell apart. */
const things = (['vm', 'cluster'] as const).flatMap((type) =>
  ['ana', 'bob', 'eve', 'zoe'].flatMap((owner) =>
    ['shop', 'lab', 'other'].flatMap((project) =>
      flags.flatMap((kept) =>
        flags.flatMap((leased) =>
          flags.map((ci) => ({
            type,
            of: attributes(type, { owner, project, protected: kept, leased, 'tag:ci': ci }),
          })),
        ),
      ),
    ),
  ),
);

const users = ['ana', 'bob', 'eve'];
const sets = ([first, ...rest]: readonly string[]): readonly (readonly string[])[] =>
  first === undefined ? [[]] : sets(rest).flatMap((some) => [some, [first, ...some]]);

/** Everybody who could come in, with every set of these groups. */
const people = (...groups: readonly string[]): readonly Principal[] =>
  users.flatMap((user) => sets(groups).map((some) => person(user, ...some)));

test('a rule is called unreachable exactly when nobody, whoever they are, ever gets its decision about anything', () => {
  let flagged = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const one = laid(written(smallPolicy(dice(seed))));
    const decided = deciding(one);
    const bound = new Set(people('g', 'h').flatMap((who) => one.policy.roles(who)));
    const problems = lint(one, { destructive });
    const dead = problems
      .filter(({ code }) => ['shadowed', 'unreachable'].includes(code))
      .map(({ file, line }) => `${file}:${line}`);
    flagged += dead.length;
    // Of two that say the same nothing else is said until one of them is gone.
    const twins = problems
      .filter(({ code }) => code === 'duplicate')
      .flatMap(({ file, line, message }) => [`${file}:${line}`, /as ([^ ;]+)/.exec(message)?.[1] ?? '']);
    const all = [...one.roles.values()].filter(({ name }) => bound.has(name)).flatMap((role) => role.written);
    for (const { kind, label } of all) {
      if (twins.includes(label)) continue;
      if (dead.includes(label)) expect([seed, label, decided.has(label)]).toEqual([seed, label, false]);
      // A question also needs an allow to be asked about.
      else if (kind === 'allow' || kind === 'deny')
        expect([seed, label, decided.has(label)]).toEqual([seed, label, true]);
    }
  }
  expect(flagged).toBeGreaterThan(10);
}, 30_000);

function deciding({ policy }: Laid): ReadonlySet<string> {
  const labels = new Set<string>();
  for (const who of people('g', 'h'))
    for (const action of actions)
      for (const { type, of } of things) {
        const { rule, confirmRule } = policy.decide(who, action, type, of);
        labels.add(rule);
        if (confirmRule !== undefined) labels.add(confirmRule);
      }
  return labels;
}

/** Each role for the group of its name, so that roles and pairs of them are people there can be. */
const perGroup = (model: PolicyModel): PolicyModel => ({
  ...model,
  bindings: [...Object.keys(model.roles).map((role) => ({ role, groups: [role] })), ...model.bindings.slice(0, 1)],
});

test('two policies differ exactly where somebody gets another answer, and in the direction that is told', () => {
  const verdicts = [0, 0, 0];
  for (let seed = 1; seed <= 40; seed++) {
    const before = perGroup(smallPolicy(dice(seed)));
    const after = changed(before, seed);
    const [old, now] = [laid(written(before), 'old.yaml'), laid(written(after), 'new.yaml')];
    const verdict = verdictOf(diff(old, now, { destructive }));
    expect([seed, verdict]).toEqual([seed, compared(old, now)]);
    verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
  }
  for (const count of verdicts) expect(count).toBeGreaterThan(4);
}, 30_000);

/** One small edit, such as people make. */
function changed(before: PolicyModel, seed: number): PolicyModel {
  const d = dice(seed * 7919);
  const after = structuredClone(before);
  const role = after.roles[d.one(Object.keys(after.roles))];
  if (!role) return after;
  const edit = d.below(5);
  if (edit === 0) role.allow.splice(0, 1);
  if (edit === 1) role.deny.splice(0, 1);
  if (edit === 2) role.confirm.splice(0, 1);
  if (edit === 3) role.deny.push(randomDeny(d));
  if (edit === 4) role.allow = role.allow.map((rule) => ({ ...rule, where: { ...rule.where, project: 'shop' } }));
  return after;
}

const strengths: Readonly<Record<string, number>> = { none: 0, ack: 1 };

/** 2 when anybody may more or is asked less, 1 when anybody may less or is asked more, 0 when nobody sees a difference. */
function compared(old: Laid, now: Laid): number {
  let verdict = 0;
  for (const who of people('one', 'two', 'three'))
    for (const action of actions)
      for (const { type, of } of things) {
        const [before = -1, after = -1] = [old, now].map(({ policy }) => {
          const { effect, confirm } = policy.decide(who, action, type, of);
          if (effect === 'deny') return 9;
          return strengths[confirm ?? (destructive.has(action) ? 'ack' : 'none')] ?? -1;
        });
        if (after < before) return 2;
        if (after > before) verdict = 1;
      }
  return verdict;
}
