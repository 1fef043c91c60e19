import { createHmac, timingSafeEqual } from 'node:crypto';
import { open } from 'node:fs/promises';
import { LabError } from '../../sdk/index.ts';

interface Place {
  readonly host: string;
  readonly port: number;
}

const mostBytes = 1024 * 1024;

/**
 * The keys that a known_hosts file has for a machine, as OpenSSH wrote them: by name or hashed. Lines with patterns or certificate
 * authorities are passed over; a revoked key counts for nothing. Throws CONFIG_INVALID when there is none, or others could have written it.
 */
export async function hostKeysIn(file: string, { host, port }: Place): Promise<readonly string[]> {
  // sshd(8): the standard port stands without brackets.
  const name = port === 22 ? host : `[${host}]:${port}`;
  const lines = (await textOf(file)).split('\n').map((line) => line.trim().split(/\s+/));
  const revoked = new Set(lines.flatMap(([marker, , , key]) => (marker === '@revoked' && key ? [key] : [])));
  const keys = lines.flatMap(([names = '', type, key]) =>
    type && key && !names.startsWith('@') && !revoked.has(key) && isAbout(names, name) ? [`${type} ${key}`] : [],
  );
  const known = keys.filter((key) => usable.test(key));
  if (known.length > 0) return known;
  throw new LabError(
    'CONFIG_INVALID',
    `${file} has no key of ${name}. Take it from \`ssh-keyscan -p ${port} ${host}\`, compare it on that machine, and add the line.`,
  );
}

const usable = /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) [A-Za-z0-9+/]+={0,2}$/;

/** Names with commas between them, or `|1|salt|hash`: HMAC-SHA1 of the one name. */
function isAbout(names: string, name: string): boolean {
  const [, salt, hash] = /^\|1\|([^|]+)\|([^|]+)$/.exec(names) ?? [];
  if (!salt || !hash) return names.toLowerCase().split(',').includes(name.toLowerCase());
  const made = createHmac('sha1', Buffer.from(salt, 'base64')).update(name.toLowerCase()).digest();
  const kept = Buffer.from(hash, 'base64');
  return kept.byteLength === made.byteLength && timingSafeEqual(kept, made);
}

async function textOf(path: string): Promise<string> {
  try {
    await using file = await open(path, 'r');
    const { mode, size } = await file.stat();
    if (mode & 0o022)
      throw new LabError('CONFIG_INVALID', `Others may write ${path}, so no key in it can be believed.`);
    if (size > mostBytes) throw new LabError('CONFIG_INVALID', `${path} has more than ${mostBytes} bytes.`);
    return await file.readFile('utf8');
  } catch (cause) {
    if (cause instanceof LabError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    throw new LabError('CONFIG_INVALID', `${path}, the known_hosts file, cannot be read: ${code}.`, { cause });
  }
}
