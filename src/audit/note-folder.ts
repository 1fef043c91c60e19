import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Target } from './export.ts';
import { readNote } from './note.ts';

/** Every checkpoint as a file, named after how many records it covers. It is in the log too: here it is easy to take along. */
export function noteFolder(dir: string): Target {
  const folder = join(dir, 'checkpoints');
  return {
    name: folder,
    async deliver(note, signal) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const path = join(folder, `${String(readNote(note)?.size).padStart(12, '0')}.note`);
      await writeFile(`${path}.part`, note, { mode: 0o600, signal });
      await rename(`${path}.part`, path);
    },
  };
}
