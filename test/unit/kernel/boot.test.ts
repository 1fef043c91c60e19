import { chmod, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { packageDir } from '../../../src/kernel/installed.ts';
import { digestOfFolder } from '../../../src/kernel/plugins.ts';
import { ownFolder } from '../../support/folder.ts';
import { type LabFiles, labFiles, openLab } from '../../support/lab.ts';

/** The lab's config as it would be with these plugins beside those that it has. */
async function withPlugins(files: LabFiles, ...plugins: readonly object[]): Promise<LabFiles> {
  const config = parse(await readFile(files.config, 'utf8'));
  await writeFile(files.config, stringify({ ...config, plugins: [...config.plugins, ...plugins] }));
  return files;
}

/** A copy of a plugin of the tests with another id, which keeps facts, in a folder that is called like it. */
async function renamed(dir: string, plugin: string, id: string): Promise<object> {
  const path = join(dir, id);
  await cp(join(packageDir, 'test/support', plugin), path, { recursive: true });
  for (const file of ['plugin.json', 'index.ts']) {
    const text = await readFile(join(path, file), 'utf8');
    await writeFile(
      join(path, file),
      text.replace(/(id"?: ['"])\w+/, `$1${id}`).replace('"ports": {}', '"ports": { "state": true }'),
    );
  }
  return {
    path,
    digest: await digestOfFolder(path),
    process: 'here',
    grants: { state: true },
  };
}

test('two plugins of one id are refused, by their places', async () => {
  await using folder = await ownFolder();
  const files = await labFiles(folder.path);
  const twin = await renamed(folder.path, 'ticker', 'clusters');
  await withPlugins(files, twin);
  await expect(openLab(files)).rejects.toMatchObject({
    code: 'PLUGIN_INVALID',
    message: `The plugins at ${join(packageDir, 'plugins/clusters')} and ${join(folder.path, 'clusters')} both have the id "clusters"; a lab has one of each.`,
  });
});

test('one that poses as a plugin that every lab has is refused too', async () => {
  await using folder = await ownFolder();
  const files = await labFiles(folder.path);
  await withPlugins(files, await renamed(folder.path, 'ticker', 'jobs'));
  await expect(openLab(files)).rejects.toThrow('both have the id "jobs"');
});

test('a plugin that every lab has may be named', async () => {
  await using folder = await ownFolder();
  await using lab = await openLab(await withPlugins(await labFiles(folder.path), { id: 'jobs' }));
  expect(await lab.ask('job_list')).toMatchObject({ ok: true });
});

test('a plugin with the name of a provider has folders and facts of its own', async () => {
  await using folder = await ownFolder();
  const files = await labFiles(folder.path);
  await withPlugins(files, await renamed(folder.path, 'ticker', 'main'));
  await using lab = await openLab(files);
  await lab.ask('cluster_define', { topology_name: 'solo' });
  expect(await lab.world('vm/')).toHaveLength(1);
  const opened = lab.lab.doors('main', 'call1', new AbortController().signal).ports;
  expect(Object.keys(opened)).toContain('state');
  expect(await opened.state?.list('')).toEqual([]);
  await opened.state?.set('mine', 1);
  expect(await lab.world('mine')).toEqual([]);
});

test('a folder of ours that others may enter is refused', async () => {
  await using folder = await ownFolder();
  const files = await labFiles(folder.path);
  await mkdir(join(folder.path, 'state/seeds'));
  await chmod(join(folder.path, 'state/seeds'), 0o777);
  await expect(openLab(files)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(`${join(folder.path, 'state/seeds')} must be a folder of yours`),
  });
});
