import { chmod, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { kept, readSecret } from '../../../src/secrets/kept.ts';
import { ownFolder } from '../../support/folder.ts';

test('it is made once, for its owner alone, in a folder that is made for it', async () => {
  await using folder = await ownFolder();
  const path = join(folder.path, 'deep', 'key');
  expect(await readSecret(path)).toBeUndefined();
  expect((await kept(path, () => 'first')).toString()).toBe('first');
  expect((await kept(path, () => 'second')).toString()).toBe('first');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('eight who make it at once get the same one, and leave nothing else behind', async () => {
  await using folder = await ownFolder();
  const path = join(folder.path, 'key');
  const all = await Promise.all(Array.from({ length: 8 }, (_, nth) => kept(path, () => Uint8Array.of(nth))));
  expect(new Set(all.map(([byte]) => byte)).size).toBe(1);
  expect(await readdir(folder.path)).toEqual(['key']);
});

test('a link, and what others may read, is refused and not replaced', async () => {
  await using folder = await ownFolder();
  const [open, linked] = [join(folder.path, 'open'), join(folder.path, 'linked')];
  await writeFile(open, 'x');
  await chmod(open, 0o640);
  await symlink(open, linked);
  await expect(kept(open, () => 'y')).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: `The key ${open} is not used: others may read it; run chmod 600 on it if you trust it still.`,
  });
  await expect(kept(linked, () => 'y')).rejects.toThrow('it is a symbolic link');
  await expect(kept(folder.path, () => 'y')).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
});
