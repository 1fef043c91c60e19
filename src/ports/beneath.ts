import { constants } from 'node:fs';
import { type FileHandle, lstat, open, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError } from '../sdk/index.ts';

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;

/** One name in a folder that is held open, so that nobody can put another folder in its place. */
export interface Spot extends AsyncDisposable {
  /** Only for system calls that do not follow a link in the last place. */
  readonly path: string;
  readonly folder: FileHandle;
}

type Walk = (root: string, names: readonly string[], path: string) => Promise<Spot>;

/** The spot of a path beneath a root; the root itself may be a link, what lies beneath it may not. Throws FORBIDDEN for links, and the system's errors. */
export function beneath(root: string, path: string, walk: Walk = usualWalk): Promise<Spot> {
  const names = path === root ? ['.'] : path.slice(root.length + 1).split('/');
  return walk(root, names, path);
}

/** Linux: each folder is opened through the one before it, which is held, so a link that is swapped in on the way is met and refused. */
export async function walkByHandle(root: string, names: readonly string[], path: string): Promise<Spot> {
  let folder = await open(root, O_RDONLY | O_DIRECTORY);
  try {
    for (const name of names.slice(0, -1)) {
      const next = await enter(folder, name, path);
      await folder.close();
      folder = next;
    }
    return spotIn(folder, inside(folder, names.at(-1)));
  } catch (reason) {
    await folder.close();
    throw reason;
  }
}

/**
 * Elsewhere: the real path of the parent must be the path that was asked for. Who can swap a folder for a link between this check
 * and the system call still gets out, so on such hosts a root must belong to labwarden's own account alone.
 */
export async function walkByRealPath(root: string, names: readonly string[], path: string): Promise<Spot> {
  const parent = join(await realpath(root), ...names.slice(0, -1));
  if ((await realpath(parent)) !== parent) throw linkRefused(path);
  return spotIn(await open(parent, O_RDONLY | O_DIRECTORY), join(parent, names.at(-1) ?? '.'));
}

/** Opens what is at the spot. A pipe or a device does not make us wait; a link is refused. */
export const openAt = ({ path: place }: Spot, flags: number, path: string): Promise<FileHandle> =>
  open(place, flags | O_NOFOLLOW | O_NONBLOCK).catch((reason) => linkOr(reason, place, path));

export const codeOf = (reason: unknown): string | undefined => (reason as NodeJS.ErrnoException).code;

const usualWalk: Walk = process.platform === 'linux' ? walkByHandle : walkByRealPath;

const inside = (folder: FileHandle, name = '.') => `/proc/self/fd/${folder.fd}/${name}`;

const spotIn = (folder: FileHandle, path: string): Spot => ({
  path,
  folder,
  [Symbol.asyncDispose]: () => folder.close(),
});

async function enter(folder: FileHandle, name: string, path: string): Promise<FileHandle> {
  try {
    return await open(inside(folder, name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  } catch (reason) {
    return await linkOr(reason, inside(folder, name), path);
  }
}

/** Says that it was a link, if it was: to O_DIRECTORY a link is as little a folder as a file is. */
async function linkOr(reason: unknown, place: string, path: string): Promise<never> {
  const facts = await lstat(place).catch(() => undefined);
  throw codeOf(reason) === 'ELOOP' || facts?.isSymbolicLink() ? linkRefused(path) : reason;
}

export const linkRefused = (path: string): LabError =>
  new LabError('FORBIDDEN', `${path} leads through a link; links beneath a root are not followed.`);
