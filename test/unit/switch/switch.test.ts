import { expect, test, vi } from 'vitest';
import { everyone, frame, prefixed } from '../../support/switch/frames.ts';
import { Machine } from '../../support/switch/machine.ts';
import { testNetwork } from '../../support/switch/network.ts';

const [macA, macB, macC] = [0x525400000a01, 0x525400000a02, 0x525400000a03];

test('a broadcast reaches every port but its own', async () => {
  await using net = await testNetwork('a', 'b', 'c');
  const { a, b, c } = net.machines;
  a.send(frame(everyone, macA, 'who has 10.77.0.2?'));
  expect(await b.next()).toEqual(['who has 10.77.0.2?']);
  expect(await c.next()).toEqual(['who has 10.77.0.2?']);
  b.send(frame(everyone, macB, 'next'));
  expect(await a.next()).toEqual(['next']);
});

test('an address that was heard is sent to its own port only', async () => {
  await using net = await testNetwork('a', 'b', 'c');
  const { a, b, c } = net.machines;
  b.send(frame(macA, macB, 'nobody knows a yet'));
  expect([await a.next(), await c.next()]).toEqual([['nobody knows a yet'], ['nobody knows a yet']]);
  a.send(frame(macB, macA, 'for b'), frame(everyone, macA, 'for all'));
  expect(await b.next(2)).toEqual(['for b', 'for all']);
  expect(await c.next()).toEqual(['for all']);
});

test('a port never gets its own frame back, even one addressed to itself', async () => {
  await using net = await testNetwork('a', 'b');
  const { a, b } = net.machines;
  a.send(frame(everyone, macA, 'here is a'), frame(macA, macA, 'to myself'), frame(everyone, macA, 'after'));
  expect(await b.next(2)).toEqual(['here is a', 'after']);
  b.send(frame(everyone, macB, 'first'));
  expect(await a.next()).toEqual(['first']);
});

test('an address that moves to another port is followed', async () => {
  await using net = await testNetwork('a', 'b', 'c');
  const { a, b, c } = net.machines;
  b.send(frame(everyone, macB, 'b is here'));
  await Promise.all([a.next(), c.next()]);
  c.send(frame(everyone, macB, 'no, here'));
  await Promise.all([a.next(), b.next()]);
  a.send(frame(macB, macA, 'found'), frame(everyone, macA, 'for all'));
  expect(await c.next(2)).toEqual(['found', 'for all']);
  expect(await b.next()).toEqual(['for all']);
});

test('a group address as a source is not learned', async () => {
  await using net = await testNetwork('a', 'b', 'c');
  const { a, b, c } = net.machines;
  b.send(frame(everyone, everyone, 'all of it is mine'));
  await Promise.all([a.next(), c.next()]);
  a.send(frame(everyone, macA, 'for all'));
  expect([await b.next(), await c.next()]).toEqual([['for all'], ['for all']]);
});

test('frames to many ports in one write each find their way, in order', async () => {
  await using net = await testNetwork('a', 'b', 'c');
  const { a, b, c } = net.machines;
  b.send(frame(everyone, macB, 'b'));
  c.send(frame(everyone, macC, 'c'));
  await Promise.all([a.next(2), b.next(), c.next()]);
  const numbers = Array.from({ length: 500 }, (_, index) => index);
  a.send(...numbers.map((number) => frame(number % 3 ? macB : macC, macA, `${number}`)));
  expect(await b.next(333)).toEqual(numbers.filter((number) => number % 3).map(String));
  expect(await c.next(167)).toEqual(numbers.filter((number) => number % 3 === 0).map(String));
  expect(net.network.report()['a']).toEqual({ connected: true, frames: 500, dropped: 0 });
});

test('frames arrive whole wherever the wire cuts them', async () => {
  await using net = await testNetwork('a', 'b', 'c');
  const { a, b, c } = net.machines;
  const wire = Buffer.concat([prefixed(frame(everyone, macA, 'one')), prefixed(frame(everyone, macA, 'second'))]);
  for (let cut = 1; cut < wire.byteLength; cut++) {
    a.line.write(wire.subarray(0, cut));
    c.send(frame(everyone, macC, 'between'));
    const before = await b.next(cut < 4 + 14 + 3 ? 1 : 2);
    a.line.write(wire.subarray(cut));
    const all = [...before, ...(await b.next(3 - before.length))];
    expect(all.toSorted(), `cut at ${cut}`).toEqual(['between', 'one', 'second']);
  }
});

test('the largest frame crosses', async () => {
  await using net = await testNetwork('a', 'b');
  const text = 'x'.repeat(65_550 - 14);
  net.machines.a.send(frame(everyone, macA, text));
  expect(await net.machines.b.next()).toEqual([text]);
});

test.each([13, 65_551, 0xffffffff])(
  'a frame of %i bytes ends its line, which starts afresh; the others live',
  async (length) => {
    await using net = await testNetwork('a', 'b', 'c');
    const { a, b, c } = net.machines;
    const broken = a.line;
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32BE(length);
    broken.write(Buffer.concat([prefix, Buffer.alloc(32)]));
    await vi.waitFor(() => expect(a.line).not.toBe(broken));
    await net.connected('a');
    c.send(frame(everyone, macC, 'still here'));
    expect([await a.next(), await b.next()]).toEqual([['still here'], ['still here']]);
  },
);

test('a machine that restarts is dialled again, and what was known of it forgotten', async () => {
  await using net = await testNetwork('a', 'b', 'c');
  const { a, b, c } = net.machines;
  b.send(frame(everyone, macB, 'b is here'));
  await Promise.all([a.next(), c.next()]);
  await b[Symbol.asyncDispose]();
  await vi.waitFor(() => expect(net.network.report()['b']).toMatchObject({ connected: false }));
  a.send(frame(macB, macA, 'is b there?'));
  expect(await c.next()).toEqual(['is b there?']);
  await using again = await Machine.at(net.path('b'));
  await net.connected('b');
  a.send(frame(macB, macA, 'welcome back'));
  expect(await again.next()).toEqual(['welcome back']);
});

test('a port that is no longer named is closed, and the others keep their lines', async () => {
  await using net = await testNetwork('a', 'b', 'c');
  const { a, b, c } = net.machines;
  const [before, ended] = [a.line, new Promise((resolve) => c.line.on('close', resolve))];
  net.network.set(new Map([['a', net.path('a')], ['b', net.path('b')]])); // biome-ignore format: one line
  await ended;
  a.send(frame(everyone, macA, 'two of us'));
  expect(await b.next()).toEqual(['two of us']);
  expect(a.line).toBe(before);
  expect(Object.keys(net.network.report())).toEqual(['a', 'b']);
});

test('a port that is told another path moves there', async () => {
  await using net = await testNetwork('a', 'b');
  await using moved = await Machine.at(net.path('elsewhere'));
  net.network.set(new Map([['a', net.path('a')], ['b', net.path('elsewhere')]])); // biome-ignore format: one line
  await net.connected('b');
  net.machines.a.send(frame(everyone, macA, 'hello'));
  expect(await moved.next()).toEqual(['hello']);
});

test('a machine that does not read loses frames and costs a bounded queue; the others lose none', async () => {
  await using net = await testNetwork('a', 'b', 'c');
  const { a, b, c } = net.machines;
  b.line.pause();
  const big = frame(everyone, macA, 'x'.repeat(60_000));
  for (let sent = 0; sent < 200; sent++) {
    a.send(big);
    await c.next();
  }
  const { frames, dropped } = { ...net.network.report()['b'], frames: net.network.report()['a']?.frames };
  expect(frames).toBe(200);
  expect(dropped).toBeGreaterThan(100);
  expect(net.network.report()['c']).toMatchObject({ dropped: 0 });
  b.line.resume();
  await b.next(200 - (dropped ?? 0));
  a.send(frame(everyone, macA, 'after'));
  expect(await b.next()).toEqual(['after']);
});
