import { expect, test } from 'vitest';
import { lastLines, recovered, running } from '../support/audit/cut.ts';
import { scratch } from '../support/audit/index.ts';

test('wherever a crash cuts the last three records, one recovery record makes the log whole', async () => {
  using log = scratch();
  const file = await running(log.dir);
  const from = lastLines(file.bytes, 3);
  expect(file.bytes.subarray(from).toString()).toMatch(/^\{"v":1,"seq":3,/);
  for (let cut = from; cut < file.bytes.length; cut += 1) await recovered(log.dir, file, cut);
});
