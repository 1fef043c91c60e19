import { expect, test } from 'vitest';
import { Fdb } from '../../../src/switch/fdb.ts';

test('an address is found where it was heard last', () => {
  const fdb = new Fdb<string>();
  fdb.learn(1, 'a');
  fdb.learn(1, 'b');
  expect(fdb.find(1)).toBe('b');
});

test('what is silent for two ages is forgotten; what is heard stays', () => {
  const fdb = new Fdb<string>();
  fdb.learn(1, 'a');
  fdb.learn(2, 'b');
  fdb.age();
  fdb.learn(2, 'b');
  fdb.age();
  expect([fdb.find(1), fdb.find(2)]).toEqual([undefined, 'b']);
});

test('a storm of invented addresses keeps it within 4096, and those heard meanwhile stay', () => {
  const fdb = new Fdb<string>();
  for (let invented = 1; invented <= 100_000; invented++) {
    fdb.learn(invented, 'storm');
    fdb.learn(0, 'quiet');
  }
  const known = Array.from({ length: 100_001 }, (_, address) => fdb.find(address)).filter(Boolean);
  expect(known.length).toBeLessThanOrEqual(4096);
  expect(fdb.find(0)).toBe('quiet');
});

test('a port that is gone is behind no address', () => {
  const fdb = new Fdb<string>();
  fdb.learn(1, 'a');
  fdb.age();
  fdb.learn(2, 'a');
  fdb.learn(3, 'b');
  fdb.forget('a');
  expect([fdb.find(1), fdb.find(2), fdb.find(3)]).toEqual([undefined, undefined, 'b']);
});
