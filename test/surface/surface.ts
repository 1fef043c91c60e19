import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as sdk from 'labwarden/sdk';
import * as testing from 'labwarden/sdk/testing';
import { help } from '../../src/cli/help.ts';
import { packageDir } from '../../src/kernel/installed.ts';
import { codes } from '../../src/sdk/index.ts';
import { toolList } from '../../src/transports/mcp/tools.ts';
import { labFiles, me, openLab } from '../support/lab.ts';

export type Tool = ReturnType<typeof toolList>[number];

/** Every tool that comes with labwarden, as tools/list shows it. */
export async function tools(): Promise<readonly Tool[]> {
  const dir = await mkdtemp(join(tmpdir(), 'lw-'));
  try {
    await using opened = await openLab(await labFiles(dir, { plugins: await more() }));
    return toolList(opened.lab, me);
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** Capability plugins beside those that a lab for tests has anyway. */
async function more(): Promise<readonly string[]> {
  const names = (await readdir(join(packageDir, 'plugins'))).filter(
    (name) => !['clusters', 'jobs', 'lab'].includes(name),
  );
  const kinds = names.map(async (name) => {
    const { kind } = JSON.parse(await readFile(join(packageDir, 'plugins', name, 'plugin.json'), 'utf8'));
    return kind === 'capability' ? [`plugins/${name}`] : [];
  });
  return (await Promise.all(kinds)).flat();
}

/** All that others hold on to, by the file that pins it. */
export const surface = (tools: readonly Tool[]): Readonly<Record<string, unknown>> => ({
  ...Object.fromEntries(tools.map((tool) => [`tools/${tool.name}.json`, tool])),
  'errors.json': codes,
  'exports.json': { 'labwarden/sdk': Object.keys(sdk).sort(), 'labwarden/sdk/testing': Object.keys(testing).sort() },
  'help.json': help.split('\n'),
});

/** Writes the pins anew; a pin that changes is a decision, and CHANGELOG.md tells of it. */
if (import.meta.main) {
  const folder = import.meta.dirname;
  await rm(join(folder, 'tools'), { recursive: true, force: true });
  await mkdir(join(folder, 'tools'));
  for (const [file, pinned] of Object.entries(surface(await tools())))
    await writeFile(resolve(folder, file), `${JSON.stringify(pinned, null, 2)}\n`);
}
