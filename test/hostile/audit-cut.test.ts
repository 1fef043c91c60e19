import { expect, test } from 'vitest';
import { lastLines, recovered, running } from '../support/audit/cut.ts';
import { examine, filesOf, restart, restore, sample, scratch } from '../support/audit/index.ts';

// Every byte of the last three records is cut in audit-cut.slow.test.ts.
test('wherever a crash cuts the last record, one recovery record makes the log whole', async () => {
  using log = scratch();
  const file = await running(log.dir);
  for (let cut = lastLines(file.bytes, 1); cut < file.bytes.length; cut += 3) await recovered(log.dir, file, cut);
  await recovered(log.dir, file, file.bytes.length - 1);
});

test('wherever a second crash cuts that recovery, the next one makes the log whole', async () => {
  using log = scratch();
  const [[name, bytes] = ['', Buffer.of()]] = await sample(log.dir, 3);
  const torn = bytes.lastIndexOf('\n', bytes.length - 2);
  for (let cut = torn; cut <= bytes.length; cut += 5) {
    restore(log.dir, [[name, bytes.subarray(0, cut)]]);
    await restart(log.dir);
    const recoveries = cut >= bytes.length - 1 ? 2 : 1;
    expect(examine(filesOf(log.dir)), `${cut} bytes`).toMatchObject({ ok: true, recoveries, closed: true });
  }
});

test('wherever a crash cuts the first record of a file, the log goes on', async () => {
  using log = scratch();
  const files = await sample(log.dir, 3);
  const [name, bytes] = files.at(-1) ?? ['', Buffer.of()];
  for (const end of [0, 1, 100, bytes.indexOf('\n'), bytes.indexOf('\n') + 1]) {
    restore(log.dir, [...files.slice(0, -1), [name, bytes.subarray(0, end)]]);
    await restart(log.dir);
    expect(examine(filesOf(log.dir)), `${end} bytes`).toMatchObject({ ok: true, recoveries: 2, closed: true });
  }
});

test('a log whose very first record was cut goes on, and says so', async () => {
  using log = scratch();
  restore(log.dir, [['000000000001.jsonl', Buffer.from('{"v":1,"seq":0,"t"')]]);
  await restart(log.dir);
  expect(examine(filesOf(log.dir))).toMatchObject({ ok: true, recoveries: 1, firstSeq: 0, lastSeq: 2 });
});
