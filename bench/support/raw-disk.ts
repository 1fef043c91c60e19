import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Append and fdatasync with nothing around them, on the file system of this folder: what any log has to pay. */
export function rawDisk(dir: string, bytes = 650): Disposable & { sync(): Promise<void> } {
  const file = openSync(join(dir, 'raw'), 'a', 0o600);
  const line = Buffer.alloc(bytes, 'x');
  return {
    async sync() {
      writeSync(file, line);
      fdatasyncSync(file);
    },
    [Symbol.dispose]: () => closeSync(file),
  };
}
