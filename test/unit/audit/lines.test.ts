import { expect, test } from 'vitest';
import { lineCutter } from '../../../src/audit/lines.ts';

function cut(chunks: readonly Buffer[]) {
  const cutter = lineCutter();
  const lines = chunks.flatMap((chunk) => cutter.lines(chunk).map((line) => ({ ...line, bytes: `${line.bytes}` })));
  return [...lines, ...cutter.rest().map((line) => ({ ...line, bytes: `${line.bytes}` }))];
}

test('lines are the same wherever the bytes are cut', () => {
  const bytes = Buffer.from('one\n\nthree\nfou');
  const whole = cut([bytes]);
  expect(whole.map(({ bytes, ended }) => [bytes, ended])).toEqual([
    ['one', true],
    ['', true],
    ['three', true],
    ['fou', false],
  ]);
  for (let at = 0; at <= bytes.length; at += 1) expect(cut([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole);
});

test('a file of newlines ends with none left over', () => {
  expect(cut([Buffer.from('a\n')])).toEqual([{ bytes: 'a', ended: true, endless: false }]);
  expect(cut([])).toEqual([]);
});

test('a line without an end is not kept in memory, and is marked', () => {
  const mebibyte = Buffer.alloc(1024 * 1024, 'x');
  const lines = cut([...Array(5).fill(mebibyte), Buffer.from('\nnext\n')]);
  expect(lines.map(({ endless, bytes }) => ({ endless, short: bytes.length <= 3 * mebibyte.length }))).toEqual([
    { endless: true, short: true },
    { endless: false, short: true },
  ]);
  expect(cut(Array(3).fill(mebibyte))).toMatchObject([{ ended: false, endless: true }]);
});
