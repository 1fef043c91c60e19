import { expect, test } from 'vitest';
import { nestedDeeper } from '../../../src/rpc/nesting.ts';

test.each([
  ['{"a":[1,{"b":2}]}', 3, false],
  ['{"a":[1,{"b":2}]}', 2, true],
  ['[[],[],[],{}]', 2, false],
  ['"[[[[[["', 1, false],
  ['["\\"[[[[", "\\\\", []]', 2, false],
  ['["\\\\",[[]]]', 2, true],
  ['{"[[[":"}}}"}', 1, false],
])('%s is nested deeper than %i: %s', (json, most, deeper) => {
  expect(nestedDeeper(Buffer.from(json), most)).toBe(deeper);
});
