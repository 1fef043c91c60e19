import { expect, test } from 'vitest';
import { parse } from '../../../src/switch/request.ts';

test('the whole desired state is one line', () => {
  expect(parse('{"set":{"ports":{"a":"/run/a","b":"/run/b"}}}')).toEqual({
    set: new Map([['a', '/run/a'], ['b', '/run/b']]), // biome-ignore format: one line
  });
});

test.each([
  '',
  'null',
  '[]',
  '{}',
  '{"get":false}',
  '{"get":true,"set":{"ports":{}}}',
  '{"set":{}}',
  '{"set":{"ports":null}}',
  '{"set":{"ports":{},"rules":[]}}',
  '{"set":{"ports":{"a":7}}}',
  '{"set":{"ports":{"a":"relative"}}}',
  '{"set":{"ports":{"a":"/nul\\u0000"}}}',
  `{"set":{"ports":{"a":"/${'x'.repeat(107)}"}}}`,
  '{"__proto__":{"get":true}}',
])('anything else is refused: %s', (line) => {
  expect(() => parse(line)).toThrow();
});

test('a port may have any name', () => {
  expect(parse('{"set":{"ports":{"__proto__":"/run/a"}}}')).toEqual({ set: new Map([['__proto__', '/run/a']]) });
});
