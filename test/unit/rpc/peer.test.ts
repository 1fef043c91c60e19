import { expect, test, vi } from 'vitest';
import type { Lendable } from '../../../src/rpc/codec.ts';
import { pair, stranger } from '../../support/rpc/pair.ts';

const echo = (value: unknown) => value;

test('an argument is lent until the call settles, a result for as long as what returned it', async () => {
  let kept: Lendable = () => {};
  const { ours } = pair(async (method: Lendable) => {
    kept = method;
    return { later: () => kept(...([] as never[])), still: () => 'here' };
  });
  const lent = (await ours.root(() => 'used')) as Record<'later' | 'still', () => Promise<unknown>>;
  await expect(lent.later()).rejects.toThrow('is over');
  expect(await lent.still()).toBe('here');
});

test('a method that was never lent cannot be called', async () => {
  const { send, heads } = stranger(() => 'root');
  send({ call: 1, method: 7, args: [] });
  expect(await heads(1)).toEqual([{ fail: 1, error: expect.objectContaining({ code: 'CANCELLED' }) }]);
});

test('a pipe is forgotten when it is closed, so a connection may open any number', async () => {
  const { ours } = pair(() => ({ read: async () => undefined, close: async () => {} }));
  const pipe = (await ours.root()) as Record<'read' | 'close', () => Promise<unknown>>;
  expect(await pipe.read()).toBe(undefined);
  await pipe.close();
  await expect(pipe.read()).rejects.toThrow('is over');
});

test('details that cannot cross do not take the error with them', async () => {
  const { ours } = pair(() => {
    throw Object.assign(new Error('x'), { name: 'LabError', code: 'CONFLICT', details: { map: new Map() } });
  });
  await expect(ours.root()).rejects.toMatchObject({ code: 'INTERNAL' });
});

test('who waits for the other end hears that it has gone, and so does whoever follows its signals', async () => {
  const followed = Promise.withResolvers<AbortSignal>();
  const { ours, theirs } = pair((signal: AbortSignal) => {
    followed.resolve(signal);
    return new Promise(() => {});
  });
  const answer = ours.root(new AbortController().signal);
  const signal = await followed.promise;
  ours.close();
  theirs.close();
  await expect(answer).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
  await vi.waitFor(() => expect(signal.reason).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' }), { interval: 2 });
});

test('a lent method that nobody awaits may fail without ending the process', async () => {
  const heard: unknown[] = [];
  const { ours } = pair((progress: () => unknown) => void progress());
  await ours.root(() => {
    heard.push('called');
    return Promise.reject(new Error('nobody listens'));
  });
  await vi.waitFor(() => expect(heard).toEqual(['called']), { interval: 2 });
});

test('what is asked first is asked first, also when more is asked than may be at once', async () => {
  const seen: number[] = [];
  const { ours } = pair(async (number: number) => seen.push(number));
  const all = Array.from({ length: 3_000 }, (_, number) => number);
  await Promise.all(all.map((number) => ours.root(number)));
  expect(seen).toEqual(all);
});

test('more than may be queued waits for the other side to read, and all of it arrives', async () => {
  const { ours } = pair((bytes: Uint8Array) => bytes.byteLength);
  const large = new Uint8Array(8 * 1024 * 1024);
  const answers = await Promise.all(Array.from({ length: 20 }, () => ours.root(large)));
  expect(answers).toEqual(Array.from({ length: 20 }, () => large.byteLength));
});

test.each([
  ['a Map', new Map(), 'this is a Map'],
  ['a Date', new Date(0), 'this is a Date'],
  ['a bottomless tree', Array.from({ length: 80 }).reduce((tree) => [tree], 1), 'nested less than'],
])('what is not plain data does not cross: %s', async (_, value, why) => {
  const { ours } = pair(echo);
  await expect(ours.root(value)).rejects.toThrow(why);
  expect(await ours.root('still here')).toBe('still here');
});

test('a message larger than a message may be is refused on this side', async () => {
  const { ours } = pair(echo);
  await expect(ours.root(new Uint8Array(17 * 1024 * 1024))).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  expect(await ours.root('still here')).toBe('still here');
});
