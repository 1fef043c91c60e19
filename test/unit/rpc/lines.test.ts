import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { eachLine } from '../../../src/rpc/lines.ts';

async function lines(...chunks: readonly (string | Buffer)[]): Promise<string[]> {
  const stream = new PassThrough();
  const heard: string[] = [];
  eachLine(stream, (line) => heard.push(line));
  for (const chunk of chunks) stream.write(chunk);
  const ended = new Promise((resolve) => stream.on('end', resolve));
  stream.end();
  await ended;
  return heard;
}

test('lines come out whole wherever they are cut, the last one without an end as well', async () => {
  expect(await lines('on', 'e\ntwo\n', '\nthr', 'ee')).toEqual(['one', 'two', '', 'three']);
  const [first, second] = [Buffer.from('ü\n').subarray(0, 1), Buffer.from('ü\n').subarray(1)];
  expect(await lines(first, second)).toEqual(['ü']);
});

test('a line without an end is handed out in parts, not kept', async () => {
  const heard = await lines(...Array.from({ length: 100 }, () => 'x'.repeat(1_000)));
  expect(heard.length).toBeGreaterThan(4);
  expect(heard.join('').length).toBe(100_000);
});
