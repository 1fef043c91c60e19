import { LabError } from 'labwarden/sdk';
import { describe, expect, test } from 'vitest';
import { framed, pair, stranger } from '../support/rpc/pair.ts';

const never = () => new Promise(() => {});
const megabyte = 1024 * 1024;
const ended = (code: string) => expect.objectContaining({ code });

describe('what nobody may send ends the connection, and nothing else', () => {
  test.each([
    ['an empty message', framed('')],
    ['no JSON', framed('[')],
    ['no object', framed('7')],
    ['null', framed('null')],
    ['no kind', framed('{}')],
    ['two kinds', framed('{"done":1,"fail":1,"error":{}}')],
    ['a call without arguments', framed('{"call":1,"method":0}')],
    ['a call with a word for a method', framed('{"call":1,"method":"constructor","args":[]}')],
    ['a number that is none', framed('{"done":1e999}')],
    ['a failure without an error', framed('{"fail":1}')],
    ['an abort without a reason', framed('{"abort":1,"error":null}')],
    ['a kind that only a prototype has', framed('{"__proto__":{"call":1,"method":0,"args":[]}}')],
    ['no UTF-8', framed(Buffer.from([0x22, 0xc3, 0x28, 0x22]))],
    ['half a character', framed(Buffer.from([0x22, 0xf0, 0x9f, 0x98, 0x22]))],
  ])('%s', async (_, bytes) => {
    const { peer, wire } = stranger(() => 'root');
    const answer = peer.root('waiting');
    wire.write(bytes);
    expect(await peer.ended).toEqual(ended('INVALID_INPUT'));
    await expect(answer).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
  });

  test.each([
    ['a head of 4 GiB', [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]],
    ['a tail of 4 GiB', [0, 0, 0, 2, 0xff, 0xff, 0xff, 0xff]],
    ['both together just too large', [0, 0x80, 0, 0, 0, 0x80, 0, 1]],
  ])('%s is refused before it is there', async (_, prefix) => {
    const { peer, wire } = stranger(() => 'root');
    wire.write(Buffer.from(prefix));
    expect(await peer.ended).toEqual(ended('LIMIT_EXCEEDED'));
  });

  test.each([
    ['lists', '['.repeat(15 * megabyte)],
    ['objects', '{"a":'.repeat(3 * megabyte)],
    ['65 deep in a call', `{"call":1,"method":0,"args":${'['.repeat(64)}${']'.repeat(64)}}`],
  ])('a bottomless head is refused before it is parsed: %s', async (_, head) => {
    const { peer, send } = stranger(() => 'root');
    send(head);
    expect(await peer.ended).toEqual(ended('LIMIT_EXCEEDED'));
  });
});

describe('who asks for too much is let go', () => {
  test('a flood of calls', async () => {
    let served = 0;
    const { peer, wire } = stranger(() => {
      served++;
      return never();
    });
    const calls = Array.from({ length: 100_000 }, (_, call) => framed({ call, method: 0, args: [] }));
    wire.write(Buffer.concat(calls));
    expect(await peer.ended).toEqual(ended('LIMIT_EXCEEDED'));
    expect(served).toBe(1_024);
  });

  test('calls that weigh too much together', async () => {
    let served = 0;
    const { peer, send } = stranger(() => {
      served++;
      return never();
    });
    for (let call = 0; call < 6; call++)
      send({ call, method: 0, args: [{ $bytes: 15 * megabyte }] }, new Uint8Array(15 * megabyte));
    expect(await peer.ended).toEqual(ended('LIMIT_EXCEEDED'));
    expect(served).toBe(4);
  });

  test('who asks and never reads the answers', async () => {
    const large = new Uint8Array(8 * megabyte);
    const { peer, send } = stranger(async () => large);
    for (let call = 0; call < 20; call++) send({ call, method: 0, args: [] });
    expect(await peer.ended).toEqual(ended('LIMIT_EXCEEDED'));
  });

  test('signals without end: the call is refused, those before it stay followed', async () => {
    const { send, heads } = stranger(
      (signal: AbortSignal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    const signals = Array.from({ length: 5_000 }, (_, index) => ({ $signal: index + 2 }));
    send({ call: 1, method: 0, args: [{ $signal: 1 }] });
    send({ call: 2, method: 0, args: signals });
    send({ abort: 1, error: { code: 'CANCELLED', message: 'Stop.', details: {} } });
    const answers = await heads(2);
    expect(answers).toEqual([
      { fail: 2, error: expect.objectContaining({ code: 'LIMIT_EXCEEDED' }) },
      { fail: 1, error: expect.objectContaining({ code: 'CANCELLED', message: 'Stop.' }) },
    ]);
  });
});

describe('what is merely odd does no harm', () => {
  const echo = (value: unknown) => value;

  test('one number for two calls: both are answered', async () => {
    const { send, heads } = stranger(echo);
    send({ call: 1, method: 0, args: ['a'] });
    send({ call: 1, method: 0, args: ['b'] });
    expect(await heads(2)).toEqual([{ done: 1, value: 'a' }, { done: 1, value: 'b' }]); // biome-ignore format: one line
  });

  test('answers to what was never asked, and a second answer to what was', async () => {
    const { peer, send, heads } = stranger(echo);
    const answer = peer.root('first');
    send({ done: 99, value: 'foreign' });
    send({ fail: 98, error: { code: 'INTERNAL', message: 'foreign', details: {} } });
    send({ abort: 97, error: { code: 'CANCELLED', message: 'foreign', details: {} } });
    send({ done: -1 });
    send({ done: 1, value: 'right' });
    send({ done: 1, value: 'late' });
    send({ fail: 1, error: { code: 'INTERNAL', message: 'late', details: {} } });
    expect(await answer).toBe('right');
    send({ call: 1, method: 0, args: ['still here'] });
    expect((await heads(2)).at(-1)).toEqual({ done: 1, value: 'still here' });
  });

  test('keys that could be taken for a prototype are dropped, however they are dressed', async () => {
    const { send, heads } = stranger((value: object) => ({
      keys: Object.keys(value),
      polluted: 'admin' in Object.assign({}, value),
    }));
    for (const key of ['__proto__', '$__proto__', 'constructor', '$constructor'])
      send(`{"call":1,"method":0,"args":[{"${key}":{"admin":true},"stays":1}]}`);
    const clean = { done: 1, value: { keys: ['stays'], polluted: false } };
    expect(await heads(4)).toEqual([clean, clean, clean, clean]);
  });

  test.each([
    ['more than were sent', [{ $bytes: 5 }]],
    ['the same ones twice', [{ $bytes: 4 }, { $bytes: 4 }]],
    ['less than none', [{ $bytes: -1 }]],
    ['a part of one', [{ $bytes: 0.5 }]],
    ['no number', [{ $bytes: [0, 4] }]],
  ])('bytes that were not sent refuse the call: %s', async (_, args) => {
    const { send, heads } = stranger(echo);
    send({ call: 1, method: 0, args }, new Uint8Array(4));
    expect(await heads(1)).toEqual([{ fail: 1, error: expect.objectContaining({ code: 'INVALID_INPUT' }) }]);
  });

  test.each([
    [{ code: 'ROOT', message: 'x', details: {} }],
    [{ code: ['CONFLICT'], message: 'x', details: {} }],
    [{ code: '__proto__', message: 'x', details: {} }],
    [{ message: { toString: 1 }, details: 7 }],
  ])('an error that is none of ours is a bug of theirs: %j', async (error) => {
    const { peer, send } = stranger(echo);
    const answer = peer.root().catch((reason: unknown) => reason);
    send({ fail: 1, error });
    const reason = await Promise.race([answer, peer.ended]);
    expect(reason).toBeInstanceOf(LabError);
    expect(reason).toHaveProperty('code', expect.stringMatching(/^(INTERNAL|INVALID_INPUT)$/));
  });

  test('half a frame, and then nothing more: who waits hears of it', async () => {
    const { peer, wire } = stranger(echo);
    const answer = peer.root();
    const whole = framed({ done: 1, value: 'almost' });
    wire.write(whole.subarray(0, whole.byteLength - 1));
    peer.close();
    await expect(answer).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
  });

  test('a frame that comes byte by byte', async () => {
    const { wire, heads } = stranger(echo);
    for (const byte of framed({ call: 1, method: 0, args: ['slowly'] })) wire.write(Buffer.from([byte]));
    expect(await heads(1)).toEqual([{ done: 1, value: 'slowly' }]);
  });

  test('a method that is called after its call is over, again and again', async () => {
    const { ours } = pair(async (method: () => Promise<unknown>) => ({ late: () => method() }));
    const { late } = (await ours.root(() => 'secret')) as { late(): Promise<unknown> };
    const answers = await Promise.allSettled(Array.from({ length: 100 }, late));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(['rejected']));
  });
});

test('after all that, an honest pair still talks', async () => {
  const { ours, theirs } = pair((value: unknown) => value);
  expect(await ours.root('hello')).toBe('hello');
  ours.close();
  theirs.close();
  expect(await Promise.all([ours.ended, theirs.ended])).toEqual([undefined, undefined]);
});
