import { expect, test } from 'vitest';
import { comparedWithEverything } from './everything.ts';

test('of 200 pairs of random policies it says the same as asking both about everybody and everything', () => {
  const outcomes = comparedWithEverything(6_200, 200);
  expect(Math.min(outcomes.same, outcomes.wider)).toBeGreaterThan(40);
});
