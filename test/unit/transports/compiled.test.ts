import { chmod, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compiledFolder } from '../../../src/transports/compiled.ts';
import { ownFolder } from '../../support/folder.ts';

test('compiled code is kept beneath the cache folder, for this user alone', async () => {
  await using folder = await ownFolder();
  const dir = compiledFolder({ env: { XDG_CACHE_HOME: folder.path }, home: '/nonexistent' });
  expect(dir).toBe(join(folder.path, 'labwarden/compiled'));
  expect((await stat(String(dir))).mode & 0o777).toBe(0o700);
});

test('code that others could have written is not run', async () => {
  await using folder = await ownFolder();
  const dir = join(folder.path, '.cache/labwarden/compiled');
  await mkdir(dir, { recursive: true });
  for (const mode of [0o770, 0o707, 0o755]) {
    await chmod(dir, mode);
    expect(compiledFolder({ env: {}, home: folder.path })).toBeUndefined();
  }
});

test('nobody who has no cache folder is given one', async () => {
  await using folder = await ownFolder();
  expect(compiledFolder({ env: {}, home: folder.path })).toBeUndefined();
  await expect(stat(join(folder.path, '.cache'))).rejects.toThrow('ENOENT');
});
