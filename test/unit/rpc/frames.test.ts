import { expect, test } from 'vitest';
import { type Frame, frameOf, frameReader } from '../../../src/rpc/frames.ts';

const wire = Buffer.concat([
  frameOf({ a: 'ü' }, [Buffer.from('one'), Buffer.from('two')]),
  frameOf({ b: 2 }, []),
  frameOf({ c: [] }, [new Uint8Array(3)]),
]);

test('frames come out whole wherever the wire cuts them', () => {
  for (let cut = 0; cut <= wire.byteLength; cut++) {
    const frames: Frame[] = [];
    const feed = frameReader((frame) => frames.push(frame));
    feed(wire.subarray(0, cut));
    feed(wire.subarray(cut));
    expect(
      frames.map(({ head, tail }) => [head, Buffer.from(tail).toString()]),
      `cut at ${cut}`,
    ).toEqual([
      [{ a: 'ü' }, 'onetwo'],
      [{ b: 2 }, ''],
      [{ c: [] }, '\0\0\0'],
    ]);
  }
});

test('frames come out whole byte by byte', () => {
  const heads: unknown[] = [];
  const feed = frameReader(({ head }) => heads.push(head));
  for (const byte of wire) feed(Buffer.from([byte]));
  expect(heads).toEqual([{ a: 'ü' }, { b: 2 }, { c: [] }]);
});

test('a frame lies in memory of its own, which no other frame shares', () => {
  const frames: Frame[] = [];
  frameReader((frame) => frames.push(frame))(wire);
  expect(new Set(frames.map(({ tail }) => tail.buffer)).size).toBe(3);
});
