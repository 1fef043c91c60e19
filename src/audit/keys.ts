import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { LabError } from '../sdk/index.ts';
import { kept, readSecret } from '../secrets/kept.ts';
import { privateFolder } from './files.ts';

export interface AuditKey {
  /** 12 hex digits that stand beside whatever this key has hidden. */
  readonly id: string;
  readonly secret: KeyObject;
}

/** The key that hides strings in the log. Made on first use; throws CONFIG_INVALID when others may read it, or it is no key. */
export async function auditKeys(dir: string): Promise<AuditKey> {
  await privateFolder(dir);
  const path = hmacKey(dir);
  return keyOf(path, await kept(path, () => `${randomBytes(32).toString('hex')}\n`));
}

/** The same key, for who only looks things up. Throws NOT_FOUND when there is none. */
export async function existingKey(dir: string): Promise<AuditKey> {
  const path = hmacKey(dir);
  const text = await readSecret(path);
  if (text) return keyOf(path, text);
  throw new LabError('NOT_FOUND', `There is no "${path}": the strings in this log were hidden elsewhere.`);
}

const hmacKey = (dir: string): string => join(dir, 'hmac.key');

function keyOf(path: string, bytes: Buffer): AuditKey {
  const text = bytes.toString('latin1');
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
