import { expect, test } from 'vitest';
import { canonical, digestOf } from '../../../src/document/canonical.ts';

test('the same value is the same text, in whatever order it was written', () => {
  expect(canonical({ b: [{ y: 1, x: 2 }], a: null })).toBe('{"a":null,"b":[{"x":2,"y":1}]}');
  expect(digestOf({ a: 1, b: 2 })).toBe(digestOf({ b: 2, a: 1 }));
});

test.each([
  ['the order of a list', [1, 2], [2, 1]],
  ['a number and its text', { a: 1 }, { a: '1' }],
  ['nothing and null', {}, { a: null }],
  ['where a name ends and a value begins', { a: 'b' }, { ab: '' }],
])('%s makes a difference', (_, one, other) => {
  expect(digestOf(one)).not.toBe(digestOf(other));
});
