import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { LabError } from '../sdk/index.ts';
import { packageDir } from './installed.ts';

interface File {
  /** From the plugin's folder on. */
  readonly path: string;
  readonly content: Buffer;
}

/** SHA-256 over every file's path and content, in order: one changed byte is another plugin. */
export const digestOfFolder = async (dir: string): Promise<string> => digestOf(await filesOf(dir));

/**
 * A copy of the very bytes that were compared with the pin, in a folder of ours. Whoever changes the plugin's own folder later
 * changes nothing that runs, and what lies beside that folder is not there. Throws PLUGIN_INVALID when it is not what was pinned.
 */
export async function pinnedCopy(dir: string, pin: string, copiesDir: string): Promise<string> {
  const files = await filesOf(dir);
  const digest = digestOf(files);
  if (digest !== pin)
    throw new LabError(
      'PLUGIN_INVALID',
      `The plugin at ${dir} is not the one that was pinned: its digest is ${digest}, and the config says ${pin}. Read it, then change \`digest\` in the config.`,
    );
  await surroundings(copiesDir);
  const copy = join(copiesDir, digest.replace('sha256:', ''));
  if (!(await isCopy(copy, digest))) await write(files, copy, digest);
  return copy;
}

/** In order of their paths. */
async function filesOf(dir: string): Promise<readonly File[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw new LabError('PLUGIN_INVALID', `There is no folder ${dir}.`, { cause });
  });
  const other = entries.find((entry) => !entry.isFile() && !entry.isDirectory());
  if (other)
    throw new LabError(
      'PLUGIN_INVALID',
      `${join(other.parentPath, other.name)} is neither a file nor a folder; a plugin may hold nothing else.`,
    );
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const paths = files.map((file) => relative(dir, file)).sort();
  return await Promise.all(paths.map(async (path) => ({ path, content: await readFile(join(dir, path)) })));
}

function digestOf(files: readonly File[]): string {
  const hash = createHash('sha256');
  for (const { path, content } of files) hash.update(`${path}\0${content.byteLength}\0`).update(content);
  return `sha256:${hash.digest('hex')}`;
}

/** What copies find above themselves: that they are modules, and labwarden, which is all that they may import. */
async function surroundings(dir: string): Promise<void> {
  const link = join(dir, 'node_modules', 'labwarden');
  const note = join(dir, 'package.json');
  await mkdir(dirname(link), { recursive: true, mode: 0o700 });
  if ((await readlink(link).catch(() => '')) !== packageDir) await put(link, (draft) => symlink(packageDir, draft));
  if ((await readFile(note, 'utf8').catch(() => '')) !== modules) await put(note, (draft) => writeFile(draft, modules));
}

const modules = '{ "type": "module", "private": true }\n';

/** There at once and whole, for another plugin may be loading beside it. */
async function put(path: string, make: (draft: string) => Promise<void>): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  await make(draft);
  await rename(draft, path);
}

const isCopy = async (dir: string, digest: string): Promise<boolean> =>
  (await digestOfFolder(dir).catch(() => undefined)) === digest;

/** Whole or not at all: two that write the same copy at once both have it then. */
async function write(files: readonly File[], copy: string, digest: string): Promise<void> {
  const draft = `${copy}.${randomUUID()}`;
  for (const { path, content } of files) {
    await mkdir(dirname(join(draft, path)), { recursive: true, mode: 0o700 });
    await writeFile(join(draft, path), content, { mode: 0o600 });
  }
  try {
    await rename(draft, copy);
  } catch {
    await replace(draft, copy, digest);
  }
}

/** Something lies there. What is whole stays, for somebody may be reading it; what was damaged goes. */
async function replace(draft: string, copy: string, digest: string): Promise<void> {
  if (!(await isCopy(copy, digest))) {
    await rm(copy, { recursive: true, force: true });
    await rename(draft, copy).catch(async (reason: unknown) => {
      if (!(await isCopy(copy, digest))) throw reason;
    });
  }
  await rm(draft, { recursive: true, force: true });
}
