import { expect, test } from 'vitest';
import { Locks, type Wanted } from '../../../src/kernel/locks.ts';

const holder = (call: string, isJob = true) => ({ call, tool: `tool_${call}`, isJob: () => isJob });
const want = (mode: Wanted['mode'], ...names: string[]): Wanted[] => names.map((name) => ({ name, mode }));

/** Whether the second gets what it wants while the first has what it wanted. */
const together = (first: Wanted['mode'], second: Wanted['mode']): boolean => {
  const locks = new Locks();
  locks.hold(want(first, 'cluster ada:red'), holder('one'));
  try {
    locks.hold(want(second, 'cluster ada:red'), holder('two'));
    return true;
  } catch {
    return false;
  }
};

test.each([
  ['shared', 'shared', true],
  ['shared', 'beside', true],
  ['shared', 'exclusive', false],
  ['exclusive', 'shared', false],
  ['exclusive', 'beside', false],
  ['exclusive', 'exclusive', false],
  ['beside', 'shared', true],
  ['beside', 'exclusive', true],
  ['beside', 'beside', true],
] as const)('while one is %s, another may be %s: %s', (first, second, may) => {
  expect(together(first, second)).toBe(may);
});

test('who is in the way is named, with its job', () => {
  const locks = new Locks();
  locks.hold(want('exclusive', 'vm ada:red/a'), holder('one'));
  expect(() => locks.hold(want('beside', 'vm ada:red/a'), holder('two'))).toThrow(
    expect.objectContaining({
      code: 'BUSY',
      message: 'tool_one is at work on vm ada:red/a. Wait for its job, or cancel it.',
      details: { job: 'one', tool: 'tool_one', on: 'vm ada:red/a' },
    }),
  );
});

test('who is in the way and is no job yet is not to be waited for by its id', () => {
  const locks = new Locks();
  locks.hold(want('exclusive', 'vm ada:red/a'), holder('one', false));
  expect(() => locks.hold(want('beside', 'vm ada:red/a'), holder('two'))).toThrow(
    expect.objectContaining({
      code: 'BUSY',
      message: 'tool_one is about to work on vm ada:red/a. It is no job yet: repeat this in a moment.',
      details: { tool: 'tool_one', on: 'vm ada:red/a' },
    }),
  );
});

test('one gets all it wants or nothing', () => {
  const locks = new Locks();
  locks.hold(want('exclusive', 'b'), holder('one'));
  expect(() => locks.hold(want('exclusive', 'a', 'b', 'c'), holder('two'))).toThrow();
  expect(locks.size).toBe(1);
  locks.hold(want('exclusive', 'a', 'c'), holder('three'));
});

test('what is shared is free once the last has let go, and letting go twice does no harm', () => {
  const locks = new Locks();
  const [one, two] = [locks.hold(want('shared', 'a'), holder('one')), locks.hold(want('shared', 'a'), holder('two'))];
  one[Symbol.dispose]();
  one[Symbol.dispose]();
  expect(() => locks.hold(want('exclusive', 'a'), holder('three'))).toThrow('tool_two is at work');
  two[Symbol.dispose]();
  expect(locks.size).toBe(0);
  locks.hold(want('exclusive', 'a'), holder('three'));
});

test('to be beside holds nothing', () => {
  const locks = new Locks();
  locks.hold(want('beside', 'a', 'b'), holder('one'));
  expect(locks.size).toBe(0);
});
