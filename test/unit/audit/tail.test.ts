import { expect, test } from 'vitest';
import { lastRecords, newRecords, openAuditLog } from '../../../src/audit/index.ts';
import { restart, scratch, unsynced } from '../../support/audit/index.ts';

test('the last records are found across files', async () => {
  using folder = scratch();
  for (const _life of [1, 2, 3]) await restart(folder.dir);
  const seqs = async (count: number) => (await lastRecords(folder.dir, count)).hits.map(({ record }) => record.seq);
  expect([await seqs(0), await seqs(1), await seqs(3), await seqs(100)]).toEqual([
    [],
    [5],
    [3, 4, 5],
    [0, 1, 2, 3, 4, 5],
  ]);
});

test('what comes is followed, also into files that did not exist', async () => {
  using folder = scratch();
  const { dir } = folder;
  await restart(dir);
  const { from } = await lastRecords(dir, 1);
  const stopping = new AbortController();
  const seen: number[] = [];
  const all = Promise.withResolvers<void>();
  const following = (async () => {
    for await (const { record } of newRecords(dir, from, stopping.signal)) {
      seen.push(record.seq);
      if (record.seq === 9) all.resolve();
    }
  })();
  for (const _life of [1, 2]) {
    await using log = await openAuditLog({ dir, fs: unsynced });
    await log.append({ kind: 'effect' });
    await log.append({ kind: 'effect' });
  }
  await all.promise;
  stopping.abort();
  await following;
  expect(seen).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
});
