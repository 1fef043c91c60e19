import { expect, test } from 'vitest';
import { Rates } from '../../../src/kernel/rates.ts';
import type { Limit } from '../../../src/policy/index.ts';
import type { Principal } from '../../../src/sdk/index.ts';

const person = (user: string, ...groups: readonly string[]): Principal => ({ user, groups, via: 'stdio' });
const limit = (callsPerMinute: number, per: Limit['per'] = 'person'): Limit => ({
  ...{ rule: `/etc/lab/p.yaml:9 often-${per}`, per, most: {}, callsPerMinute },
});

test('a minute’s calls may come at once, and then one after the other', () => {
  let now = 0;
  const rates = new Rates(() => now);
  const one = () => rates.take([limit(3)], person('ana'));
  for (let call = 0; call < 3; call += 1) one();
  expect(one).toThrow('3 calls a minute are allowed (p.yaml:9 often-person), and they are used up. Try again in 20 s.');
  now = 19_000;
  expect(one).toThrow('Try again in 1 s.');
  now = 20_000;
  one();
  expect(one).toThrow(
    expect.objectContaining({ code: 'LIMIT_EXCEEDED', details: expect.objectContaining({ retry_after_s: 20 }) }),
  );
  now = 10_000_000;
  for (let call = 0; call < 3; call += 1) one();
  expect(one).toThrow('Try again');
});

test('people have their own, and groups have theirs together', () => {
  const rates = new Rates(() => 0);
  const both = [limit(2), limit(3, 'group')];
  for (let call = 0; call < 2; call += 1) rates.take(both, person('ana', 'g'));
  expect(() => rates.take(both, person('ana', 'g'))).toThrow('often-person');
  rates.take(both, person('bob', 'g'));
  expect(() => rates.take(both, person('bob', 'g'))).toThrow('often-group');
  // What was refused was not counted.
  rates.take([limit(2)], person('bob'));
  rates.take(both, person('__proto__'));
});

test('what labwarden does itself is not counted, and nobody fills the memory with names', () => {
  let now = 0;
  const rates = new Rates(() => now);
  for (let call = 0; call < 5; call += 1) rates.take([limit(1)], { user: 'system:lease', groups: [], via: 'system' });
  for (let name = 0; name < 1_000; name += 1) rates.take([limit(1)], person(`p${name}`));
  now = 61_000;
  for (let name = 0; name < 50; name += 1) rates.take([limit(1)], person(`q${name}`));
  expect(rates.size).toBeLessThanOrEqual(60);
});
