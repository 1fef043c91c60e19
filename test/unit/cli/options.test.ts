import { describe, expect, test } from 'vitest';
import { optionsOf, verbOf } from '../../../src/cli/options.ts';

const takes = {
  command: 'pack',
  words: ['BOX', '[LABEL]'],
  options: { fast: '', from: 'NOTE…', config: 'FILE' },
  short: { fast: 'f' },
} as const;
const use = 'use: labwarden pack BOX [LABEL] [-f|--fast] [--from NOTE]… [--config FILE]';

test('words and options in any order; one that may be repeated is a list', () => {
  const { words, values } = optionsOf(['-f', 'a', '--from', '1', 'b', '--from=2', '--config=-x'], takes);
  expect([words, { ...values }]).toEqual([['a', 'b'], { fast: true, from: ['1', '2'], config: '-x' }]);
  expect(optionsOf(['--', '--fast'], takes).words).toEqual(['--fast']);
});

describe('what is wrong is named, and what is right', () => {
  test.each([
    [[], `BOX is missing; ${use}`],
    [['a', 'b', 'c'], `"c" is one word too many; ${use}`],
    [['a', '--fats'], `"--fats" is not understood here (did you mean "--fast"?); ${use}`],
    [['a', '--__proto__=1'], '"--__proto__" is not understood here'],
    [['a', '--config'], `"--config" needs a value; ${use}`],
    [['a', '--config', ''], '"--config" needs a value'],
    [['a', '--config', '--fast'], '"--config" needs a value'],
    [['a', '--fast=yes'], '"--fast" takes no value'],
    [['a', '--config', 'x', '--config=y'], '"--config" stands here twice'],
  ])('%j', (args, sentence) => {
    expect(() => optionsOf(args, takes)).toThrow(sentence);
    expect(() => optionsOf(args, takes)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
  });

  test('any number of words', () => {
    const many = { command: 'pack', words: ['[FILES…]'], options: {} } as const;
    expect(optionsOf([], many).words).toEqual([]);
    expect(optionsOf(['a', 'b', 'c'], many).words).toEqual(['a', 'b', 'c']);
  });
});

test('a part of a command that is not there is answered with those that are', () => {
  expect(verbOf('box', 'open', ['open', 'close'])).toBe('open');
  expect(() => verbOf('box', undefined, ['open', 'close'])).toThrow('labwarden box takes one of open, close.');
  expect(() => verbOf('box', 'opne', ['open', 'close'])).toThrow('not "opne"; did you mean "open"?');
});
