import { createHash } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, mkdir, readdir, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type FilesPort, LabError } from '../sdk/index.ts';
import { beneath, codeOf, linkRefused, openAt, type Spot } from './beneath.ts';
import type { Behind, Door } from './doors.ts';
import { draftEnd, isDraft } from './draft-end.ts';
import { plainly, unlessMissing } from './file-error.ts';
import { pipe } from './pipe.ts';
import { readEnd } from './read-end.ts';
import { renamed } from './rename.ts';
import { type Root, rootOf, rootsByName } from './roots.ts';

/** Files beneath the granted roots. Whether a root is for reading only was decided at the door. */
export const files = (roots: readonly Root[]): Behind<FilesPort> => ({
  roots: async () => rootsByName(roots),
  stat: (_door, path) => unlessMissing(path, async () => factsOf(await held(roots, path, ({ path }) => lstat(path)))),
  list: async (_door, path) =>
    (await unlessMissing(path, () => held(roots, path, (spot) => namesIn(spot, path)))) ?? [],
  digest: (door, path) => plainly(path, () => held(roots, path, (spot) => digestOf(spot, path, door))),
  read: (door, path, from = 0) =>
    plainly(path, () =>
      held(roots, path, async (spot) => pipe(await readEnd(await openFile(spot, path), from, path), door)),
    ),
  write: (door, path) =>
    plainly(path, async () => pipe(await draftEnd(await spotOf(roots, path), path, door.signal), door)),
  makeFolder: (_door, path) => plainly(path, () => made(roots, path)),
  async rename(_door, from, to) {
    if (from === to) throw new LabError('CONFLICT', `${to} is the name it has already.`);
    await plainly(`${from} -> ${to}`, () =>
      held(roots, from, (old) => held(roots, to, (fresh) => renamed(old, fresh))),
    );
  },
  remove: async (_door, path) => unlessMissing(path, () => held(roots, path, (spot) => removed(spot, path))),
});

export const spotOf = (roots: readonly Root[], path: string): Promise<Spot> =>
  beneath(innermost(roots, path).path, path);

function innermost(roots: readonly Root[], path: string): Root {
  const root = rootOf(roots, path);
  if (root) return root;
  throw new LabError('FORBIDDEN', `${path} lies beneath none of the granted roots.`);
}

async function held<T>(roots: readonly Root[], path: string, act: (spot: Spot) => Promise<T>): Promise<T> {
  await using spot = await spotOf(roots, path);
  return await act(spot);
}

const factsOf = (facts: Stats) => ({
  kind: facts.isFile() ? ('file' as const) : facts.isDirectory() ? ('folder' as const) : ('other' as const),
  sizeBytes: facts.size,
  usedBytes: facts.blocks * 512, // stat(2): st_blocks counts 512-byte units, whatever the file system uses
});

async function namesIn(spot: Spot, path: string): Promise<string[]> {
  await using folder = await openFolder(spot, path);
  const names = await readdir(placeOf(spot, folder));
  return names.filter((name) => !isDraft(name)).sort();
}

const openFolder = (spot: Spot, path: string) => openAt(spot, constants.O_RDONLY | constants.O_DIRECTORY, path);

/** The very folder that is held, where the system has a path for it. */
const placeOf = (spot: Spot, folder: FileHandle): string =>
  process.platform === 'linux' ? `/proc/self/fd/${folder.fd}` : spot.path;

/** A regular file, and nothing that could block or answer by itself. */
async function openFile(spot: Spot, path: string): Promise<FileHandle> {
  const handle = await openAt(spot, constants.O_RDONLY, path);
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new LabError('CONFLICT', `${path} is no file.`);
}

async function digestOf(spot: Spot, path: string, door: Door): Promise<string> {
  await using file = await openFile(spot, path);
  const hash = createHash('sha256');
  const piece = Buffer.allocUnsafe(1024 * 1024);
  for (;;) {
    door.signal.throwIfAborted();
    const { bytesRead } = await file.read(piece, 0, piece.byteLength);
    if (bytesRead === 0) return `sha256:${hash.digest('hex')}`;
    hash.update(piece.subarray(0, bytesRead));
    door.took(bytesRead);
  }
}

async function made(roots: readonly Root[], path: string): Promise<void> {
  const { path: root } = innermost(roots, path);
  const names = path.slice(root.length).split('/');
  for (let depth = 2; depth <= names.length; depth++) {
    const folder = `${root}${names.slice(0, depth).join('/')}`;
    await held(roots, folder, (spot) => madeOne(spot, folder));
  }
}

async function madeOne(spot: Spot, path: string): Promise<void> {
  try {
    await mkdir(spot.path, 0o700);
    await spot.folder.sync();
  } catch (reason) {
    if (codeOf(reason) !== 'EEXIST') throw reason;
    const facts = await lstat(spot.path);
    if (facts.isSymbolicLink()) throw linkRefused(path);
    if (!facts.isDirectory()) throw new LabError('CONFLICT', `${path} exists and is no folder.`);
  }
}

async function removed(spot: Spot, path: string): Promise<void> {
  if (!(await lstat(spot.path)).isDirectory()) return unlink(spot.path);
  await using folder = await openFolder(spot, path);
  const names = await readdir(placeOf(spot, folder));
  // Drafts that a crash left must not keep a folder that looks empty.
  if (names.every(isDraft)) await Promise.all(names.map((name) => unlink(join(placeOf(spot, folder), name))));
  await rmdir(spot.path);
}
