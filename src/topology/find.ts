import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { isBeneath, quoted } from '../document/document.ts';
import { LabError } from '../sdk/index.ts';

const pattern = /^[a-z0-9][a-z0-9._-]{0,62}$/;
const extension = '.yaml';

/** Names of the topologies in a folder, sorted; none when there is no such folder. */
export async function listTopologies(dir: string): Promise<readonly string[]> {
  const files = await readdir(dir).catch(() => []);
  const names = files.filter((file) => file.endsWith(extension)).map((file) => file.slice(0, -extension.length));
  const found = await Promise.all(names.filter((name) => pattern.test(name)).map((name) => fileOf(dir, name)));
  return names.filter((name) => found.some((file) => file?.name === name)).sort();
}

/** The file of a topology. Throws INVALID_INPUT for what can be no name and NOT_FOUND, with the names there are, for what is none. */
export async function findTopology(dir: string, name: string): Promise<string> {
  if (!pattern.test(name)) {
    const sentence = `${quoted(name)} cannot be a topology: give its file's name without .yaml, in lower-case letters, digits, dots, dashes and underscores.`;
    throw new LabError('INVALID_INPUT', sentence);
  }
  const found = await fileOf(dir, name);
  if (found) return found.file;
  const have = (await listTopologies(dir)).slice(0, 20);
  const others = have.length > 0 ? `there are: ${have.join(', ')}.` : `there are none in ${dir}.`;
  throw new LabError('NOT_FOUND', `No topology is named "${name}"; ${others}`, { details: { have } });
}

/** `undefined` for what does not exist, and for a link that leads out of the folder. */
async function fileOf(dir: string, name: string): Promise<{ name: string; file: string } | undefined> {
  try {
    const [folder, file] = await Promise.all([realpath(dir), realpath(join(dir, name + extension))]);
    return isBeneath(file, folder) ? { name, file } : undefined;
  } catch {
    return undefined;
  }
}
