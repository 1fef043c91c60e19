import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageDir } from '../../../src/kernel/installed.ts';
import { digestOfFolder, loadPlugin, type Spawn } from '../../../src/kernel/plugins.ts';
import { ownFolder } from '../../support/folder.ts';

const opened = new AsyncDisposableStack();
const manifest = { id: 'theirs', kind: 'capability', api: 1, entry: './index.ts' };
let root: string;
let number = 0;

beforeAll(async () => {
  root = opened.use(await ownFolder()).path;
});
afterAll(() => opened.disposeAsync());

/** A folder with these files; a plugin that does nothing unless they say otherwise. */
async function folder(files: Readonly<Record<string, string>> = {}): Promise<string> {
  number += 1;
  const dir = join(root, `plugin${number}`);
  await mkdir(join(dir, 'lib'), { recursive: true });
  const all = {
    'plugin.json': JSON.stringify(manifest),
    'index.ts': "export const plugin = { kind: 'capability', id: 'theirs', operations: [] };\n",
    'lib/more.ts': 'export {};\n',
    ...files,
  };
  for (const [name, text] of Object.entries(all)) await writeFile(join(dir, name), text);
  return dir;
}

const copies = () => join(root, 'pinned');
const noSpawn: Spawn = () => Promise.reject(new Error('nothing is spawned here'));
const load = async (path: string, digest?: string, process: 'here' | 'child' = 'here', spawn = noSpawn) =>
  await loadPlugin({ path, digest: digest ?? (await digestOfFolder(path)), process, grants: {} }, spawn, copies());
const invalid = (message: string) => ({ code: 'PLUGIN_INVALID', message: expect.stringContaining(message) });

test('a plugin that is what was pinned is loaded', async () => {
  const path = await folder();
  const { digest, plugin } = await load(path);
  expect(digest).toBe(await digestOfFolder(path));
  expect(plugin.id).toBe('theirs');
});

test.each([
  ['a changed byte', 'index.ts', (text: string) => text.replace('[]', '[ ]')],
  ['a changed manifest', 'plugin.json', (text: string) => `${text}\n`],
  ['a changed file in a folder', 'lib/more.ts', () => 'export { };\n'],
])('%s is another plugin: the refusal names both, and no code of it has run', async (_, file, change) => {
  const path = await folder({ 'index.ts': "throw new Error('It ran.');\nexport const plugin = [];" });
  const pinned = await digestOfFolder(path);
  await writeFile(join(path, file), change(await readFile(join(path, file), 'utf8')));
  const found = await digestOfFolder(path);
  expect(found).not.toBe(pinned);
  await expect(load(path, pinned)).rejects.toMatchObject(invalid(found));
  await expect(load(path, pinned)).rejects.toMatchObject(invalid(pinned));
});

test('the digest is about names and contents, wherever the folder lies', async () => {
  const path = await folder();
  await cp(path, join(root, 'copy'), { recursive: true });
  expect(await digestOfFolder(join(root, 'copy'))).toBe(await digestOfFolder(path));
  expect(await digestOfFolder(await folder({ 'lib/more.ts': '' }))).not.toBe(await digestOfFolder(path));
  const [one, other] = [await folder({ ab: 'c' }), await folder({ a: 'bc' })];
  expect(await digestOfFolder(one)).not.toBe(await digestOfFolder(other));
});

test.each(['file', 'dir'] as const)('a link to a %s is no part of a plugin', async (kind) => {
  const path = await folder();
  await symlink(kind === 'file' ? '/etc/hostname' : '/etc', join(path, 'lib', 'link'), kind);
  await expect(digestOfFolder(path)).rejects.toMatchObject(invalid(`${join(path, 'lib', 'link')} is neither a file`));
});

test.each([
  ['is no JSON', '{', 'is not JSON'],
  ['lacks what it must say', '{}', 'plugin.json: id:'],
  ['says what nobody knows', JSON.stringify({ ...manifest, grants: 1 }), 'grants'],
  ['speaks another version of the contract', JSON.stringify({ ...manifest, api: 2 }), 'plugin.json: api:'],
  ['names an entry outside', JSON.stringify({ ...manifest, entry: './lib/../../x.ts' }), 'leads out of the folder'],
  ['names an entry that is absolute', JSON.stringify({ ...manifest, entry: '/etc/x.ts' }), 'plugin.json: entry:'],
])('a manifest that %s is refused by name', async (_, text, message) => {
  const path = await folder({ 'plugin.json': text });
  await expect(load(path)).rejects.toMatchObject(invalid(message));
  await expect(load(path)).rejects.toMatchObject(invalid(join(path, 'plugin.json')));
});

test('what a plugin says of itself must be what its manifest says', async () => {
  const path = await folder({ 'plugin.json': JSON.stringify({ ...manifest, id: 'clusters' }) });
  await expect(load(path)).rejects.toMatchObject(
    invalid('says it is capability "theirs"; its manifest says capability "clusters"'),
  );
  await expect(load(await folder({ 'index.ts': 'export const x = 1;' }))).rejects.toMatchObject(
    invalid('The plugin "theirs" exports no `plugin`.'),
  );
});

test('a plugin that is not there is answered with those that came with labwarden', async () => {
  await expect(loadPlugin({ id: 'cluster' }, noSpawn, copies())).rejects.toMatchObject(
    invalid(`There is no plugin "cluster": ${join(packageDir, 'plugins/cluster/plugin.json')} does not exist.`),
  );
  await expect(loadPlugin({ id: 'cluster' }, noSpawn, copies())).rejects.toMatchObject(invalid('clusters, jobs'));
});

test('one that shall live in a child is never loaded here', async () => {
  const path = await folder({ 'index.ts': "throw new Error('It ran here.');" });
  const spawned: string[] = [];
  const { plugin } = await load(path, undefined, 'child', async (entry) => {
    spawned.push(entry.pathname);
    return { kind: 'capability', id: 'theirs', operations: [] };
  });
  expect(spawned).toEqual([join(copies(), (await digestOfFolder(path)).slice('sha256:'.length), 'index.ts')]);
  expect(plugin.id).toBe('theirs');
});
