import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  scryptSync,
} from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isOwnFolder, makeOwnFolder } from '../config/own-folder.ts';
import { LabError, z } from '../sdk/index.ts';

const base64 = z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/);

/** What lies on the disk: useless without the passphrase, and each guess at that costs 128 MB and a good part of a second. */
const keyFile = z.strictObject({
  format: z.literal('labwarden approver key, version 1'),
  name: z.string(),
  user: z.string(),
  public: base64,
  kdf: z.strictObject({ n: z.literal(2 ** 17), r: z.literal(8), p: z.literal(1), salt: base64 }),
  iv: base64,
  tag: base64,
  sealed: base64,
});

type KeyFile = z.output<typeof keyFile>;

export interface PublicPart {
  readonly name: string;
  readonly user: string;
  /** ed25519, SPKI, base64. */
  readonly key: string;
}

/** Beside the user's own config, never in the lab's folders. */
export const keysFolder = (): string =>
  join(process.env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'labwarden', 'approver');

/** Names of the keys of whoever runs this. */
export function keyNames(dir: string): readonly string[] {
  if (!existsSync(dir) || !isOwnFolder(dir)) return [];
  return readdirSync(dir).flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -'.json'.length)] : []));
}

export function publicPart(dir: string, name: string): PublicPart {
  const { user, public: key } = read(dir, name);
  return { name, user, key };
}

export function makeKey(dir: string, { name, user }: Omit<PublicPart, 'key'>, passphrase: string): PublicPart {
  makeOwnFolder(dir);
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const key = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
  const [salt, iv] = [randomBytes(16), randomBytes(12)];
  const cipher = createCipheriv('aes-256-gcm', stretched(passphrase, salt), iv).setAAD(bound({ name, user, key }));
  const sealed = Buffer.concat([cipher.update(privateKey.export({ format: 'der', type: 'pkcs8' })), cipher.final()]);
  const file: KeyFile = {
    ...{ format: 'labwarden approver key, version 1', name, user, public: key },
    kdf: { n: 2 ** 17, r: 8, p: 1, salt: salt.toString('base64') },
    ...{ iv: iv.toString('base64'), tag: cipher.getAuthTag().toString('base64'), sealed: sealed.toString('base64') },
  };
  // `wx`: a key that is there is never written over.
  writeFileSync(join(dir, `${name}.json`), `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  return { name, user, key };
}

/** Throws FORBIDDEN when the passphrase is another one. */
export function openKey(dir: string, name: string, passphrase: string): KeyObject {
  const { user, public: key, kdf, iv, tag, sealed } = read(dir, name);
  const bytes = (text: string) => Buffer.from(text, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', stretched(passphrase, bytes(kdf.salt)), bytes(iv));
  try {
    decipher.setAAD(bound({ name, user, key })).setAuthTag(bytes(tag));
    const plain = Buffer.concat([decipher.update(bytes(sealed)), decipher.final()]);
    return createPrivateKey({ key: plain, format: 'der', type: 'pkcs8' });
  } catch (cause) {
    throw new LabError('FORBIDDEN', `This is not the passphrase of "${name}". Nothing was signed.`, { cause });
  }
}

const stretched = (passphrase: string, salt: Buffer): Buffer =>
  scryptSync(passphrase.normalize('NFC'), salt, 32, { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 });

const bound = ({ name, user, key }: PublicPart): Buffer => Buffer.from(JSON.stringify([name, user, key]));

function read(dir: string, name: string): KeyFile {
  const path = join(dir, `${name}.json`);
  if (!existsSync(dir) || !isOwnFolder(dir) || !existsSync(path))
    throw new LabError('NOT_FOUND', `You have no approver key "${name}": labwarden approver add ${name} makes one.`);
  try {
    const file = keyFile.parse(JSON.parse(readFileSync(path, 'utf8')));
    if (file.name === name) return file;
  } catch {
    // said below
  }
  throw new LabError('CONFIG_INVALID', `${path} is no approver key. Bring it back from a copy, or make another.`);
}
