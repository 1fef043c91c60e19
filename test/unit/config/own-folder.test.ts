import { chmod, chown, mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isOwnFolder, makeFolder, makeOwnFolder } from '../../../src/config/own-folder.ts';
import { ownFolder } from '../../support/folder.ts';

test('a folder that is not there is made for this user alone', async () => {
  await using folder = await ownFolder();
  const dir = join(folder.path, 'a/b');
  expect(isOwnFolder(dir)).toBe(false);
  makeOwnFolder(dir);
  expect(isOwnFolder(dir)).toBe(true);
  expect((await stat(dir)).mode & 0o777).toBe(0o700);
});

test.runIf(process.platform === 'linux').each(['/proc/x/y', '/etc/passwd/x', '/etc/passwd'])(
  'a folder that cannot be made is refused at once: %s',
  (dir) => {
    expect(() => makeFolder(dir)).toThrow(`The folder ${dir} cannot be made (`);
  },
);

test.each([0o701, 0o710, 0o750, 0o770, 0o777, 0o702])('a folder of mode %o is refused', async (mode) => {
  await using folder = await ownFolder();
  await chmod(folder.path, mode);
  expect(() => isOwnFolder(folder.path)).toThrow(`${folder.path} must be a folder of yours`);
  expect(() => makeOwnFolder(folder.path)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
});

test('a link and a file are refused, wherever the link leads', async () => {
  await using folder = await ownFolder();
  await mkdir(join(folder.path, 'mine'), { mode: 0o700 });
  await symlink(join(folder.path, 'mine'), join(folder.path, 'link'));
  await symlink(join(folder.path, 'nowhere'), join(folder.path, 'dangling'));
  await writeFile(join(folder.path, 'file'), '', { mode: 0o600 });
  for (const name of ['link', 'dangling', 'file'])
    expect(() => isOwnFolder(join(folder.path, name))).toThrow('must be a folder of yours');
});

test.runIf(process.getuid?.() === 0)("another user's folder is refused", async () => {
  await using folder = await ownFolder();
  await chown(folder.path, 65_534, 65_534);
  expect(() => isOwnFolder(folder.path)).toThrow('must be a folder of yours');
});
