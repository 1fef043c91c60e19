import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LabError } from '../sdk/index.ts';

export interface Lock {
  release(): void;
}

// SQLITE_BUSY
const busy = 5;

/** Keeps every other writer out, in this process and others. Throws CONFLICT when there is one. */
export function lockFolder(dir: string): Lock {
  const path = join(dir, 'lock');
  makePrivate(path);
  // Node has no file lock of its own; SQLite's on an empty file ends with its process, so that none can be stale.
  // Its journal stays in memory: one on the disk would outlive a kill, and cannot be removed where files are append-only.
  const lock = new DatabaseSync(path, { timeout: 0 });
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    if (Object(cause).errcode !== busy) throw cause;
    const say = `Another labwarden writes the audit log in "${dir}". Stop that one first, or name another folder.`;
    throw new LabError('CONFLICT', say, { cause });
  }
  return { release: () => lock.close() };
}

/** Never opens one that exists: closing it again would end the lock that this process may hold on it. */
function makePrivate(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (reason) {
    if (Object(reason).code !== 'EEXIST') throw reason;
  }
}
