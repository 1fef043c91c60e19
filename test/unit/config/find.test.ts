import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { findConfigFile } from '../../../src/config/find.ts';
import { ownFolder } from '../../support/folder.ts';

/** In the order in which they are asked, the strongest first. */
const places = ['cwd/labwarden.yaml', 'xdg/labwarden/config.yaml', 'etc/labwarden/config.yaml'];

test('of the files there are, the nearest is read', async () => {
  await using folder = await ownFolder();
  const at = (path: string) => join(folder.path, path);
  const where = { env: { XDG_CONFIG_HOME: at('xdg') }, cwd: at('cwd'), home: at('home'), etc: at('etc') };
  expect(findConfigFile(where)).toBeUndefined();
  for (const place of places.toReversed()) {
    await mkdir(dirname(at(place)), { recursive: true });
    await writeFile(at(place), '');
    expect(findConfigFile(where)).toBe(at(place));
  }
});

test('without XDG_CONFIG_HOME it is looked for in ~/.config', async () => {
  await using folder = await ownFolder();
  const file = join(folder.path, '.config/labwarden/config.yaml');
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, '');
  expect(findConfigFile({ env: {}, cwd: '/nowhere', home: folder.path, etc: '/nowhere' })).toBe(file);
});

test('a file that somebody named wins, though it may not exist: --config before LABWARDEN_CONFIG', () => {
  const where = { env: { LABWARDEN_CONFIG: '~/lab.yaml' }, cwd: '/cwd', home: '/home/ada' };
  expect(findConfigFile(where)).toBe('/home/ada/lab.yaml');
  expect(findConfigFile({ ...where, argvFile: 'my.yaml' })).toBe('/cwd/my.yaml');
  expect(findConfigFile({ ...where, env: { LABWARDEN_CONFIG: '' }, cwd: '/nowhere', etc: '/nowhere' })).toBeUndefined();
});

test('finding the file loads nothing but node: modules, so that the relay starts at once', async () => {
  const config = resolve(import.meta.dirname, '../../../src/config');
  const imports = await importsOf(join(config, 'find.ts'));
  expect([...imports].sort()).toEqual(['node:fs', 'node:path']);
});

async function importsOf(file: string): Promise<ReadonlySet<string>> {
  const found = [...(await readFile(file, 'utf8')).matchAll(/from '([^']+)'/g)].map(([, to = '']) => to);
  const deeper = found.map((to) => (to.startsWith('.') ? importsOf(resolve(dirname(file), to)) : new Set([to])));
  return new Set((await Promise.all(deeper)).flatMap((each) => [...each]));
}
