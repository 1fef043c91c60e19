import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../sdk/index.ts';
import { kept, readSecret } from '../secrets/kept.ts';
import { unseal } from './line.ts';
import { readLines } from './lines.ts';
import { type Signer, signerOf } from './note.ts';
import { segmentNames } from './segments.ts';

/** The keys that sign for one folder. */
export interface Signing {
  readonly key: KeyObject;
  /** What `signing.key` was before, when its owner put it aside. */
  readonly former?: KeyObject;
}

/** Made on first use. Throws CONFIG_INVALID when others may read it, or it is no key. */
export async function signingKeys(dir: string): Promise<Signing> {
  const path = join(dir, 'signing.key');
  const key = keyOf(path, await kept(path, newKey));
  const before = await readSecret(`${path}.old`);
  return { key, ...(before && { former: keyOf(`${path}.old`, before) }) };
}

const newKey = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();

function keyOf(path: string, pem: Buffer): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // said below
  }
  throw new LabError(
    'CONFIG_INVALID',
    `"${path}" is no key: an ed25519 key in PEM belongs there. Bring it back from a copy.`,
  );
}

/** The public key that the log's newest file names. Throws NOT_FOUND when none does. */
export async function publicKeyIn(dir: string): Promise<string> {
  for (const name of existsSync(dir) ? segmentNames(dir).toReversed() : []) {
    const first = await firstLine(join(dir, name));
    const { data } = first ? Object(unseal(first)) : {};
    if (typeof Object(data).key === 'string') return data.key;
  }
  throw new LabError('NOT_FOUND', `No audit log in "${dir}" names a public key. Start labwarden once: it makes one.`);
}

async function firstLine(path: string): Promise<Buffer | undefined> {
  for await (const lines of readLines(path)) return lines[0]?.bytes;
  return undefined;
}

/** What one log is called, in its checkpoints and its key. */
export const originOf = (log: string): string => `labwarden/${log}/audit`;

/** Who signs the log's next checkpoints, and who the first of them: a new key is vouched for by the one that the log had before. */
export function signersOf(log: string, { key, former }: Signing, before: string | undefined) {
  const own = signerOf(originOf(log), key);
  if (before === undefined || before === own.text || !former) return { own, first: [own] };
  const old = signerOf(originOf(log), former);
  return { own, first: old.text === before ? [old, own] : [own] } satisfies { own: Signer; first: readonly Signer[] };
}
