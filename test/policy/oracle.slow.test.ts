import { expect, test } from 'vitest';
import { type Dice, dice, randomAsked, randomDeny, randomPolicy, written } from './random.ts';
import { type Asked, type PolicyModel, reference } from './reference.ts';
import { policy } from './support.ts';

const requestsEach = 100;
const caseOf = (seed: number) => {
  const d = dice(seed);
  const model = randomPolicy(d);
  const requests = Array.from({ length: requestsEach }, () => randomAsked(d));
  return { seed, d, model, text: written(model), loaded: policy(written(model)), requests };
};
const cases = Array.from({ length: 1_000 }, (_, seed) => caseOf(seed));
const decided = (loaded: ReturnType<typeof policy>, { who, action, type, attributes }: Asked) =>
  loaded.decide(who, action, type, attributes);

test('1,000 random policies decide 100 random requests each as the plain reading of the language does', () => {
  const seen = new Map<string, number>();
  const disagreements = cases.flatMap(({ seed, text, model, loaded, requests }) =>
    requests.flatMap((asked) => {
      const ours = answer(decided(loaded, asked));
      const theirs = answer(reference(model, asked));
      seen.set(ours, (seen.get(ours) ?? 0) + 1);
      return ours === theirs ? [] : [{ seed, asked, ours, theirs, text }];
    }),
  );
  expect(disagreements.slice(0, 3)).toEqual([]);
  // Not one of the answers is so rare that agreeing on it would mean nothing.
  expect([...seen.keys()].sort()).toEqual([
    ...['allow', 'allow ack', 'allow human', 'allow none', 'allow two-person', 'deny'],
  ]);
  expect(Math.min(...seen.values())).toBeGreaterThan(200);
});

const answer = ({ effect, confirm }: { effect: string; confirm?: string | undefined }) =>
  [effect, ...(confirm ? [confirm] : [])].join(' ');

test('taking an allow away never gives anybody anything', () => {
  neverGives((model, d) => {
    const role = d.one(Object.values(model.roles).filter(({ allow }) => allow.length > 0));
    role?.allow.splice(d.below(role.allow.length), 1);
  });
});

test('adding a deny never gives anybody anything', () => {
  neverGives((model, d) => {
    const { deny } = d.one(Object.values(model.roles));
    deny.splice(d.below(deny.length + 1), 0, randomDeny(d));
  });
});

function neverGives(change: (model: PolicyModel, d: Dice) => void): void {
  const changed = cases.slice(0, 150).flatMap(({ seed, d, model, loaded, requests }) => {
    const other = structuredClone(model);
    change(other, d);
    const after = policy(written(other));
    const effects = requests.map((asked) => ({ asked, effect: decided(after, asked).effect }));
    return effects
      .filter(({ asked, effect }) => effect !== decided(loaded, asked).effect)
      .map((one) => ({ seed, ...one }));
  });
  expect(changed.filter(({ effect }) => effect === 'allow')).toEqual([]);
  expect(changed.length).toBeGreaterThan(50);
}

test('whatever an agent calls itself, it gets no more than its person without any binding of agents', () => {
  const strength = ({ effect, confirm }: ReturnType<typeof decided>) =>
    effect === 'deny' ? 0 : 1 + ['two-person', 'human', 'ack', undefined, 'none'].indexOf(confirm);
  let less = 0;
  for (const { seed, model, loaded, requests } of cases.slice(0, 300)) {
    const bindings = model.bindings.filter(({ agents }) => !agents);
    if (bindings.length === model.bindings.length) continue;
    const without = policy(written({ ...model, bindings }));
    for (const asked of requests) {
      const [now, most] = [strength(decided(loaded, asked)), strength(decided(without, asked))];
      expect([seed, asked, now <= most]).toEqual([seed, asked, true]);
      if (now < most) less += 1;
    }
  }
  expect(less).toBeGreaterThan(100);
});

test('mayEver never says no to what is allowed', () => {
  const allowed = cases.flatMap(({ seed, loaded, requests }) =>
    requests.filter((asked) => decided(loaded, asked).effect === 'allow').map((asked) => ({ seed, loaded, asked })),
  );
  expect(allowed.filter(({ loaded, asked: { who, action, type } }) => !loaded.mayEver(who, action, type))).toEqual([]);
});
