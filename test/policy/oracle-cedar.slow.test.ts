import { expect, test } from 'vitest';
import { cedar } from './cedar.ts';
import { dice, randomAsked, randomPolicy, written } from './random.ts';
import { policy } from './support.ts';

test('100 random policies decide 100 random requests each as Cedar does', () => {
  const seen = new Map<string, number>();
  for (let seed = 9_000; seed < 9_100; seed += 1) {
    const d = dice(seed);
    const model = randomPolicy(d);
    const [ours, theirs] = [policy(written(model)), cedar(model)];
    for (let request = 0; request < 100; request += 1) {
      const asked = randomAsked(d);
      const { effect, confirm } = ours.decide(asked.who, asked.action, asked.type, asked.attributes);
      expect([seed, asked, written(model), { effect, confirm }]).toEqual([seed, asked, written(model), theirs(asked)]);
      const answer = `${effect} ${confirm}`;
      seen.set(answer, (seen.get(answer) ?? 0) + 1);
    }
  }
  expect([...seen.keys()].sort()).toEqual([
    ...['allow ack', 'allow human', 'allow none', 'allow two-person', 'allow undefined', 'deny undefined'],
  ]);
  expect(Math.min(...seen.values())).toBeGreaterThan(20);
});
