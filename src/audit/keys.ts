import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { constants, link, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError } from '../sdk/index.ts';
import { privateFolder } from './files.ts';

export interface AuditKey {
  /** 12 hex digits that stand beside whatever this key has hidden. */
  readonly id: string;
  readonly secret: KeyObject;
}

/** The key that hides strings in the log. Made on first use; throws CONFIG_INVALID when others may read it, or it is no key. */
export async function auditKeys(dir: string): Promise<AuditKey> {
  await privateFolder(dir);
  const path = join(dir, 'hmac.key');
  const text = (await read(path)) ?? (await make(path));
  if (!/^[0-9a-f]{64}\n$/.test(text))
    throw new LabError(
      'CONFIG_INVALID',
      `"${path}" is no key: 64 hex digits and a newline belong there. Bring it back from a copy.`,
    );
  const secret = createSecretKey(text.trim(), 'hex');
  return { secret, id: createHmac('sha256', secret).update('labwarden audit key').digest('hex').slice(0, 12) };
}

/** What stands in the log for this string. The same string under the same key always looks the same. */
export const hmac = (text: string, { id, secret }: AuditKey): string =>
  `hmac:${id}:${createHmac('sha256', secret).update(text).digest('hex').slice(0, 32)}`;

async function read(path: string): Promise<string | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((reason) => {
    if (reason.code === 'ENOENT') return undefined;
    throw new LabError('CONFIG_INVALID', `The key "${path}" cannot be read (${reason.code}).`, { cause: reason });
  });
  if (!file) return undefined;
  try {
    const { mode } = await file.stat();
    if (mode & 0o077)
      throw new LabError('CONFIG_INVALID', `Others may read the key "${path}": chmod 600 takes that away.`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/** Appears under its name whole; when two make one at the same time, the first wins. */
async function make(path: string): Promise<string> {
  const own = `${path}.${randomBytes(8).toString('hex')}`;
  const file = await open(own, 'wx', 0o600);
  try {
    await file.writeFile(`${randomBytes(32).toString('hex')}\n`);
    await file.sync();
    await link(own, path).catch((reason) => {
      if (reason.code !== 'EEXIST') throw reason;
    });
  } finally {
    await file.close();
    await rm(own, { force: true });
  }
  return (await read(path)) ?? '';
}
