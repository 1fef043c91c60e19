import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { link, mkdir, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LabError } from '../sdk/index.ts';

type Secret = string | Uint8Array;

/**
 * The secret of this path, which is made once. Of several callers, in whatever process, one makes it and all get the same.
 * Throws CONFIG_INVALID when what is there cannot be trusted: a link, or a file that others may read.
 */
export async function kept(path: string, make: () => Secret | Promise<Secret>): Promise<Buffer> {
  const there = await readSecret(path);
  if (there) return there;
  const draft = await written(path, await make());
  try {
    await link(draft, path); // never over one that is there
  } catch (cause) {
    if (Object(cause).code !== 'EEXIST') throw cause;
  } finally {
    await rm(draft, { force: true });
  }
  const made = await readSecret(path);
  if (made) return made;
  throw new LabError('CONFLICT', `The key ${path} was removed while it was being made.`);
}

/** `undefined` when there is none. */
export async function readSecret(path: string): Promise<Buffer | undefined> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    const { mode } = await file.stat();
    if (mode & 0o077) throw unusable(path, 'others may read it; run chmod 600 on it if you trust it still');
    return await file.readFile();
  } catch (cause) {
    const { code } = Object(cause);
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP') throw unusable(path, 'it is a symbolic link');
    if (cause instanceof LabError) throw cause;
    throw unusable(path, `it cannot be read (${code})`, cause);
  }
}

/** Whole and on disk, beside its final name. */
export async function written(path: string, content: Secret): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}`;
  await using file = await open(draft, 'wx', 0o600);
  await file.writeFile(content);
  await file.sync();
  return draft;
}

const unusable = (path: string, why: string, cause?: unknown): LabError =>
  new LabError('CONFIG_INVALID', `The key ${path} is not used: ${why}.`, { cause });
