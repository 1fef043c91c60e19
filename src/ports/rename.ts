import { link, lstat, rename, unlink } from 'node:fs/promises';
import { LabError } from '../sdk/index.ts';
import { codeOf, type Spot } from './beneath.ts';
import { isMissing } from './file-error.ts';

/** Gives a thing another name, which must be free. */
export async function renamed(from: Spot, to: Spot): Promise<void> {
  const folder = (await lstat(from.path)).isDirectory();
  if (folder || !(await linked(from, to))) await renamedIfFree(from, to);
  await Promise.all([from.folder.sync(), to.folder.sync()]);
}

/** A link fails on a name that is taken, where rename(2) would overwrite. False where the file system has no links. */
async function linked(from: Spot, to: Spot): Promise<boolean> {
  try {
    await link(from.path, to.path);
  } catch (reason) {
    if (['EPERM', 'ENOTSUP', 'ENOSYS'].includes(codeOf(reason) ?? '')) return false;
    // A crash between link and unlink leaves one file under both names: go on from there.
    if (codeOf(reason) !== 'EEXIST' || !(await areOne(from, to))) throw reason;
  }
  await unlink(from.path);
  return true;
}

async function areOne(from: Spot, to: Spot): Promise<boolean> {
  const [old, fresh] = await Promise.all([lstat(from.path), lstat(to.path)]);
  return old.dev === fresh.dev && old.ino === fresh.ino && old.nlink > 1;
}

/** For folders: should somebody take the name after the look, only an empty folder can be lost by it. */
async function renamedIfFree(from: Spot, to: Spot): Promise<void> {
  const taken = await lstat(to.path).catch((reason) => {
    if (!isMissing(reason)) throw reason;
  });
  if (taken) throw new LabError('CONFLICT', 'The new name is taken: something stands there already.');
  await rename(from.path, to.path);
}
