import { z } from 'labwarden/sdk';
import { expect, test } from 'vitest';
import { inputCheck } from '../../../src/kernel/check.ts';
import { jsonSchema } from '../../../src/sdk/index.ts';

const check = inputCheck(
  jsonSchema(
    z.object({
      name: z.string(),
      mode: z.enum(['soft', 'hard']).default('soft'),
      nodes: z.array(z.string()).optional(),
      within: z.object({ seconds: z.int().max(9) }).optional(),
    }),
    'The input',
  ),
);

test('defaults are filled in, and what was given stays as it was', () => {
  const given = { name: 'red' };
  expect(check(given)).toEqual({ name: 'red', mode: 'soft' });
  expect(given).toEqual({ name: 'red' });
});

test.each([
  [{ nam: 'red' }, '"name" is missing; "nam" is no argument here; there are name, mode, nodes, within.'],
  [{ name: 7 }, '"name" must be a string, and is 7.'],
  [{ name: 'red', mode: 'kill' }, '"mode" must be one of soft, hard.'],
  [{ name: 'red', nodes: ['a', { b: 1 }] }, '"nodes[1]" must be a string, and is {"b":1}.'],
  [{ name: 'red', within: { seconds: 10 } }, '"within.seconds" must be at most 9.'],
  [[], 'the whole must be an object, and is [].'],
])('a problem names its field and the way out: %j', (value, sentence) => {
  expect(() => check(value)).toThrow(`The input does not fit: ${sentence}`);
});

test('what is nested without end is refused before anything descends into it', () => {
  const nested = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
  expect(() => check({ name: nested })).toThrow('nested more than 32 levels deep');
});

test('of many problems the first ten are told', () => {
  const nodes = Array.from({ length: 3_000 }, () => 1);
  expect(() => check({ name: 'red', nodes })).toThrow(/; and 2990 more\.$/);
});
