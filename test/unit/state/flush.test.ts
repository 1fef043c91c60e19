import { mkdir, open, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { openState } from '../../../src/state/index.ts';
import { flusher } from '../../../src/state/sqlite/flush.ts';
import { ownFolder } from '../../support/folder.ts';

test('whoever comes while the disk is busy shares the next round, and waits for all of it', async () => {
  await using folder = await ownFolder();
  const path = join(folder.path, 'wal');
  await writeFile(path, 'x');
  const disk = flusher(path);
  const ended: number[] = [];
  const flushed = Array.from({ length: 100 }, (_, n) => disk.flush().then(() => ended.push(n)));
  // The first round is the first caller's; all others came while it ran, and have one together.
  expect(new Set(Array.from({ length: 100 }, () => disk.flush())).size).toBe(1);
  await Promise.all(flushed);
  expect(ended).toHaveLength(100);
  expect(ended[0]).toBe(0);
  await disk.flush();
  await disk.close();
});

test('what cannot be made durable is never said to be', async () => {
  await using folder = await ownFolder();
  const disk = flusher(join(folder.path, 'nothing'));
  const both = await Promise.allSettled([disk.flush(), disk.flush()]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});

test('after a failure nothing is said to be durable, though the disk may answer again', async () => {
  await using folder = await ownFolder();
  const path = join(folder.path, 'wal');
  const disk = flusher(path);
  expect(disk.failed).toBeUndefined();
  await expect(disk.flush()).rejects.toThrow(`${path} cannot be made durable (ENOENT).`);
  await writeFile(path, 'x');
  await expect(disk.flush()).rejects.toThrow('Mend that, then restart labwarden.');
  expect(disk.failed).toContain('(ENOENT)');
  await disk.close();
});

test('a state that could not be made durable says so until it is opened anew', async () => {
  await using folder = await ownFolder();
  await mkdir(join(folder.path, 'state'));
  const state = openState(join(folder.path, 'state'));
  await rename(join(folder.path, 'state'), join(folder.path, 'moved'));
  await expect(state.durable()).rejects.toThrow('cannot be made durable (ENOENT)');
  await rename(join(folder.path, 'moved'), join(folder.path, 'state'));
  await expect(state.durable()).rejects.toThrow('cannot be made durable (ENOENT)');
  expect(state.health).toEqual({ failed: expect.stringContaining('ENOENT') });
  await state.close();
  const anew = openState(join(folder.path, 'state'));
  await anew.durable();
  expect(anew.health).toBe('ok');
  await anew.close();
});

test('a sync that failed once is the last word, though the disk would take the next one', async () => {
  await using folder = await ownFolder();
  const path = join(folder.path, 'wal');
  await writeFile(path, 'x');
  await using any = await open(path);
  const broken = Object.assign(new Error('i/o error'), { code: 'EIO' });
  using syncs = vi.spyOn(Object.getPrototypeOf(any), 'datasync').mockRejectedValueOnce(broken);
  const disk = flusher(path);
  const three = await Promise.allSettled([disk.flush(), disk.flush(), disk.flush()]);
  expect(three.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  await expect(disk.flush()).rejects.toThrow(`${path} cannot be made durable (EIO).`);
  expect(syncs).toHaveBeenCalledTimes(1);
  await disk.close();
});
