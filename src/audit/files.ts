import fs from 'node:fs';
import { mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LabError } from '../sdk/index.ts';

/** What the log does to the disk; tests put a failing disk in its place. */
export interface AuditFs {
  /** A new file, and its name durable. Throws when something has that name. */
  create(path: string): Promise<AuditFile>;
  open(path: string): Promise<AuditFile>;
}

export interface AuditFile {
  /** Appends, and answers how many of the bytes were taken: a full disk takes some. */
  write(bytes: Uint8Array): Promise<number>;
  /** Resolves once all that was written would survive a loss of power. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

const { O_WRONLY, O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants;

/**
 * open(2): each write returns once its bytes, and what is needed to find them again, are on the disk. That is what a sync after it
 * would do, in one trip to the thread pool instead of two. Elsewhere (macOS) only Node's own sync reaches through the drive's cache.
 */
const O_DSYNC = process.platform === 'linux' ? fs.constants.O_DSYNC : 0;

export const hostFs: AuditFs = {
  async create(path) {
    const file = await appending(path, O_CREAT | O_EXCL);
    await syncFolder(dirname(path));
    return file;
  },
  open: (path) => appending(path, 0),
};

/** With callbacks: a file handle's promises cost a third of the rate. */
const appending = async (path: string, how: number): Promise<AuditFile> => {
  const fd = await done<number>((end) => fs.open(path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_DSYNC | how, 0o600, end));
  return {
    write: (bytes) => done<number>((end) => fs.write(fd, bytes, 0, bytes.length, null, end)),
    sync: async () => {
      if (!O_DSYNC) await done<void>((end) => fs.fdatasync(fd, (error) => end(error, undefined)));
    },
    close: () => done<void>((end) => fs.close(fd, (error) => end(error ?? null, undefined))),
  };
};

const done = <T>(start: (end: (error: Error | null, value: T) => void) => void): Promise<T> =>
  new Promise((resolve, reject) => start((error, value) => (error ? reject(error) : resolve(value))));

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Makes the folder when there is none. Throws when others than its owner may write in it. */
export async function privateFolder(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const { mode } = await stat(dir);
  if (mode & 0o022)
    throw new LabError('CONFIG_INVALID', `Others may write in "${dir}": take that away with chmod go-w.`);
}
