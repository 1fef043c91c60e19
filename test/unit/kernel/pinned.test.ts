import { mkdir, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageDir } from '../../../src/kernel/installed.ts';
import { digestOfFolder, pinnedCopy } from '../../../src/kernel/pinned.ts';
import { loadPlugin } from '../../../src/kernel/plugins.ts';
import { spawnPlugin } from '../../../src/rpc/spawn.ts';
import { ownFolder } from '../../support/folder.ts';

const opened = new AsyncDisposableStack();
let root: string;
let number = 0;

beforeAll(async () => {
  root = opened.use(await ownFolder()).path;
});
afterAll(() => opened.disposeAsync());

const code = "export const plugin = { kind: 'capability', id: 'theirs', operations: [] };\n";

/** A plugin in a folder of its own, and where copies go. */
async function plugin(index = code): Promise<{ path: string; digest: string; copies: string }> {
  number += 1;
  const path = join(root, `${number}`, 'theirs');
  await mkdir(join(path, 'lib'), { recursive: true });
  const manifest = { id: 'theirs', kind: 'capability', api: 1, entry: './lib/index.ts' };
  await writeFile(join(path, 'plugin.json'), JSON.stringify(manifest));
  await writeFile(join(path, 'lib/index.ts'), index);
  return { path, digest: await digestOfFolder(path), copies: join(root, `${number}`, 'pinned') };
}

const spawn = async (entry: URL) => opened.use(await spawnPlugin(entry, { log: () => {} })).plugin;

test('what runs is a copy of the bytes that were compared, which the folder cannot change any more', async () => {
  const { path, digest, copies } = await plugin();
  const copy = await pinnedCopy(path, digest, copies);
  expect(copy).toBe(join(copies, digest.slice('sha256:'.length)));
  await writeFile(join(path, 'lib/index.ts'), '');
  expect(await readFile(join(copy, 'lib/index.ts'), 'utf8')).toBe(code);
  expect(await digestOfFolder(copy)).toBe(digest);
  for (const dir of [copies, copy, join(copy, 'lib')]) expect((await stat(dir)).mode & 0o777).toBe(0o700);
  await expect(pinnedCopy(path, digest, copies)).rejects.toMatchObject({ code: 'PLUGIN_INVALID' });
});

test('a copy that is whole is used again; one that was changed is made anew', async () => {
  const { path, digest, copies } = await plugin();
  const copy = await pinnedCopy(path, digest, copies);
  const { ino } = await stat(copy);
  expect((await stat(await pinnedCopy(path, digest, copies))).ino).toBe(ino);
  await writeFile(join(copy, 'lib/more.ts'), '');
  await rm(join(copy, 'plugin.json'));
  expect(await pinnedCopy(path, digest, copies)).toBe(copy);
  expect(await digestOfFolder(copy)).toBe(digest);
});

test('two that need the same copy at once both get it', async () => {
  const { path, digest, copies } = await plugin();
  const both = await Promise.all([1, 2, 3].map(() => pinnedCopy(path, digest, copies)));
  expect(new Set(both).size).toBe(1);
  expect(await digestOfFolder(both[0] ?? '')).toBe(digest);
});

test('a copy finds this labwarden, also when another one made the link', async () => {
  const { path, digest, copies } = await plugin();
  await mkdir(join(copies, 'node_modules'), { recursive: true });
  await symlink('/nowhere', join(copies, 'node_modules/labwarden'));
  await pinnedCopy(path, digest, copies);
  expect(await realpath(join(copies, 'node_modules/labwarden'))).toBe(await realpath(packageDir));
});

test('in a child, a plugin has labwarden/sdk and Node, and its own files; what lies beside its folder is not there', async () => {
  const imports = "import { defineCapability } from 'labwarden/sdk';\nimport { hash } from 'node:crypto';\n";
  const fine = await plugin(
    `${imports}export const plugin = defineCapability({ id: 'theirs', operations: [] }) ?? hash;\n`,
  );
  const load = ({ path, digest, copies }: typeof fine) =>
    loadPlugin({ path, digest, process: 'child', grants: {} }, spawn, copies);
  expect((await load(fine)).plugin.id).toBe('theirs');
  const broken = await plugin(`import './gone.ts';\n${code}`);
  await expect(load(broken)).rejects.toMatchObject({
    code: 'PLUGIN_INVALID',
    message: `The plugin at ${join(broken.path, 'lib/index.ts')} does not load.`,
  });
  const computed = await plugin(`const to = '../../helper.ts';\nawait import(to);\n${code}`);
  await writeFile(join(computed.path, '../helper.ts'), 'export {};\n');
  await expect(load(computed)).rejects.toMatchObject({ code: 'PLUGIN_INVALID' });
});

test.each([
  ["import { x } from '../../helper.ts';", '../../helper.ts'],
  ['import {\n  type A,\n  x,\n} from "../../helper.ts";', '../../helper.ts'],
  ["export * from '../../helper.ts';", '../../helper.ts'],
  ["import 'left-pad';", 'left-pad'],
  ["import x from '/opt/x.ts';", '/opt/x.ts'],
  ["import x from 'file:///opt/x.ts';", 'file:///opt/x.ts'],
  ["import { z } from 'zod';", 'zod'],
  ["const x = await import('labwarden/src/main.ts');", 'labwarden/src/main.ts'],
])('an import that no digest covers is refused by name before anything runs: %j', async (line, to) => {
  const { path, copies } = await plugin("import './more.ts';\nthrow new Error('It ran.');\n");
  await writeFile(join(path, 'lib/more.ts'), `${line}\n`);
  const load = loadPlugin({ path, digest: await digestOfFolder(path), process: 'here', grants: {} }, spawn, copies);
  await expect(load).rejects.toMatchObject({
    code: 'PLUGIN_INVALID',
    message: expect.stringContaining(
      `${join(path, 'lib/more.ts')} imports "${to}", which is not in the plugin's folder`,
    ),
  });
});

test('types, tests beside it, and words in text are no imports of a plugin', async () => {
  const lines = ["import type { X } from '../../types.ts';", "import fs from 'fs';", "export const from = 'left-pad';"];
  const { path, copies } = await plugin(`${lines.join('\n')}\nvoid fs;\n${code}`);
  await writeFile(join(path, 'index.test.ts'), "import { test } from 'vitest';\n");
  const load = loadPlugin({ path, digest: await digestOfFolder(path), process: 'here', grants: {} }, spawn, copies);
  expect((await load).plugin.id).toBe('theirs');
});
