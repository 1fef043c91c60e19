import { expect, test } from 'vitest';
import { frameEnd, isGroup, wholeFrames } from '../../../src/switch/frames.ts';
import { frame, prefixed } from '../../support/switch/frames.ts';

const one = prefixed(frame(1, 2, 'one'));
const both = Buffer.concat([one, prefixed(frame(1, 2, 'second'))]);

test('only whole frames are counted, wherever the bytes end', () => {
  for (let end = 0; end <= both.byteLength; end++) {
    const whole = end === both.byteLength ? end : end >= one.byteLength ? one.byteLength : 0;
    expect(wholeFrames(both.subarray(0, end)), `${end} bytes`).toBe(whole);
  }
  expect(frameEnd(both, one.byteLength)).toBe(both.byteLength);
});

test.each([0, 13, 65_551, 0xffffffff])('%i is no length of a frame, known before the frame is there', (length) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  expect(wholeFrames(Buffer.concat([one, bytes]))).toBe(undefined);
});

test('broadcast and multicast are group addresses', () => {
  expect([0xffffffffffff, 0x01005e000001, 0x333300000001].map(isGroup)).toEqual([true, true, true]);
  expect([0, 0x525400000a01, 0xfe5400000a01].map(isGroup)).toEqual([false, false, false]);
});
