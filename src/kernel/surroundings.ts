import { createHash } from 'node:crypto';

export type Log = (level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: object) => void;

/** A person's name as a folder's: other characters could lead out of it. */
export const folderName = (name: string): string =>
  /^[a-z0-9_][a-z0-9._-]{0,62}$/i.test(name) ? name : `u-${shortDigest(name)}`;

/** Short enough for a socket's path, which has 107 bytes in all. */
export const shortDigest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);
