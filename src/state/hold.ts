import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Holds a lab's state for as long as this process lives; `undefined` when another one does. The operating system lets go of
 * SQLite's lock whatever way a process ends, so nothing is ever left to clean up and no process id has to be believed.
 */
export function holdState(dir: string): Disposable | undefined {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  chmodSync(dir, 0o700);
  const lock = new DatabaseSync(join(dir, 'lock.db'), { timeout: 0 });
  try {
    lock.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS held (by TEXT);');
    return { [Symbol.dispose]: () => lock.close() };
  } catch (reason) {
    lock.close();
    if (reason instanceof Error && /locked|busy/i.test(reason.message)) return undefined;
    throw reason;
  }
}
