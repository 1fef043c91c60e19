import { createHash, randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';

export type Log = (level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: object) => void;

/** Random bytes that are made once and stay the same, readable by nobody else. */
export async function secretFile(path: string, bytes: number): Promise<Uint8Array> {
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, randomBytes(bytes), { mode: 0o600 });
  // A link never replaces: of two that come at once, both read the first one's.
  await link(draft, path).catch(() => {});
  await rm(draft, { force: true });
  return await readFile(path);
}

/** A person's name as a folder's: other characters could lead out of it. */
export const folderName = (name: string): string =>
  /^[a-z0-9_][a-z0-9._-]{0,62}$/i.test(name) ? name : `u-${shortDigest(name)}`;

/** Short enough for a socket's path, which has 107 bytes in all. */
export const shortDigest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);
