import { expect } from 'vitest';
import { type Policy, widenings } from '../../src/policy/index.ts';
import { confirmLevels } from '../../src/policy/levels.ts';
import type { Principal, SubjectType } from '../../src/sdk/index.ts';
import { type Dice, dice, ofType, randomAllow, randomDeny, randomPolicy, values, written } from './random.ts';
import { attributes, policy } from './support.ts';

const agents = [undefined, 'claude', 'cursor'];
const people: readonly Principal[] = ['ana', 'bob', 'eve'].flatMap((user) =>
  [[], ['g'], ['h'], ['g', 'h']].flatMap((groups) =>
    (['stdio', 'cli', 'system'] as const).flatMap((via) =>
      agents.map((agent): Principal => ({ user, groups, via, ...(agent && { agent }) })),
    ),
  ),
);

/** Everything that the random policies can tell apart, one by one. */
function* things(type: SubjectType): Generator<ReturnType<typeof attributes>> {
  const axes = ofType[type].map((name) => [name, valuesOf(name)] as const);
  const total = axes.reduce((product, [, all]) => product * all.length, 1);
  for (let number = 0; number < total; number += 1) {
    let rest = number;
    const drawn = axes.map(([name, all]) => {
      const value = all[rest % all.length];
      rest = Math.floor(rest / all.length);
      return [name, value];
    });
    yield attributes(type, Object.fromEntries(drawn));
  }
}

const valuesOf = (name: keyof typeof values): readonly (string | number | boolean)[] => {
  if (name === 'vcpus') return [1, 2, 3, 4, 6, 8, 9, 10, 12];
  if (name === 'shared') return ['none', 'look', 'use', 'own'];
  if (name === 'owner') return ['ana', 'bob', 'eve', 'lab'];
  return name === 'project' ? ['shop', 'lab', 'x'] : values[name];
};

const all = (['vm', 'cluster'] as const).flatMap((type) => [...things(type)].map((thing) => ({ type, thing })));

/** Whether `after` gives anybody anything more to destroy or to crash, by asking both about everything. */
function everything(before: Policy, after: Policy): boolean {
  const ease = (policy: Policy, who: Principal, action: string, { type, thing }: (typeof all)[number]) => {
    const { effect, confirm = 'ack' } = policy.decide(who, action, type, thing);
    return effect === 'deny' ? 0 : 1 + confirmLevels.toReversed().indexOf(confirm);
  };
  // Who has the same roles in both may do the same: asking one of them is asking all.
  const alike = Map.groupBy(people, (who) => [who.user, before.roles(who), '|', after.roles(who)].join());
  return [...alike.values()].some(([who]) =>
    ['destroy', 'crash'].some((action) =>
      all.some((one) => who && ease(after, who, action, one) > ease(before, who, action, one)),
    ),
  );
}

const changes: readonly ((model: ReturnType<typeof randomPolicy>, d: Dice) => void)[] = [
  (model, d) => void d.one(Object.values(model.roles).slice(0, 3))?.allow.push(randomAllow(d)),
  (model, d) => void d.one(Object.values(model.roles)).deny.pop(),
  (model, d) => void d.one(Object.values(model.roles)).deny.push(randomDeny(d)),
  (model, d) => void d.one(Object.values(model.roles)).confirm.pop(),
  (model, d) => void model.bindings.push({ role: d.one(['one', 'two']), groups: [d.one(['g', 'h'])] }),
  (model) => void model.bindings.pop(),
];

/** Compares what `widenings` says of random policies that were changed a little with asking both about everybody and everything. */
export function comparedWithEverything(firstSeed: number, pairs: number) {
  const outcomes = { same: 0, wider: 0 };
  for (let seed = firstSeed; seed < firstSeed + pairs; seed += 1) {
    const d = dice(seed);
    const model = randomPolicy(d);
    const other = structuredClone(model);
    for (const change of d.some(changes, 2)) change(other, d);
    const [before, after] = [policy(written(model)), policy(written(other))];
    const said = widenings(before, after, new Set(['destroy', 'crash']));
    const found = everything(before, after);
    expect([seed, written(model), written(other), said.length > 0]).toEqual([
      seed,
      written(model),
      written(other),
      found,
    ]);
    outcomes[found ? 'wider' : 'same'] += 1;
  }
  return outcomes;
}
