import { constants } from 'node:fs';
import { lstat, open, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LabError } from '../../sdk/index.ts';
import { mostBytes, notThere } from './miss.ts';

/** A file of ours or root's that nobody else can read, where nobody else could put another. */
export async function inFile(name: string, path: string): Promise<string> {
  const wrong = await strangeFolder(dirname(path)).catch(codeOf);
  if (wrong !== undefined) throw notThere(name, wrong);
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const found = await file.stat();
    if (!found.isFile()) throw notThere(name, `${path} is no plain file`);
    if (!isOurs(found.uid)) throw notThere(name, `${path} belongs to somebody else`);
    if (found.mode & 0o077) throw notThere(name, `others may open ${path}; chmod 600 it if you still trust it`);
    const room = mostBytes + 2;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(room), 0, room, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } catch (reason) {
    if (reason instanceof LabError) throw reason;
    throw notThere(name, `${path}: ${codeOf(reason)}`);
  }
}

const isOurs = (uid: number): boolean => uid === 0 || uid === process.getuid?.();

/** Why somebody else might exchange what lies in this folder; `undefined` when nobody can. */
async function strangeFolder(dir: string): Promise<string | undefined> {
  for (const folder of [...upwards(dir), ...upwards(await realpath(dir))]) {
    const found = await lstat(folder);
    // Root's own links are part of the system; anybody else's may lead elsewhere tomorrow.
    if (found.isSymbolicLink() && found.uid === 0) continue;
    if (!found.isDirectory()) return `${folder} is a link; name the real path`;
    if (!isOurs(found.uid)) return `${folder} belongs to somebody else`;
    // In a sticky folder, such as /tmp, nobody replaces what is not theirs.
    if (found.mode & 0o022 && !(found.mode & 0o1000)) return `others may write in ${folder}`;
  }
  return undefined;
}

const upwards = (dir: string): readonly string[] => (dir === dirname(dir) ? [dir] : [dir, ...upwards(join(dir, '..'))]);

const codeOf = (reason: unknown): string => {
  const code: unknown = Reflect.get(Object(reason), 'code');
  if (code === 'ENOENT') return 'it does not exist';
  if (code === 'ELOOP') return 'it is a link; name the real path';
  return `the system says ${String(code)}`;
};
