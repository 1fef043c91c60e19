import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { LabError } from '../../sdk/index.ts';
import { kept, written } from '../../secrets/kept.ts';
import { knownHosts, type Place } from './known-hosts.ts';
import { type KeyPair, newKey, publicKeyOf } from './openssh.ts';

/** labwarden's own keys, made when they are first asked for. */
export interface KeyFolder {
  /** A key to log in with. */
  pair(name: string): Promise<{ readonly privatePath: string; readonly publicKey: string }>;
  /** The key by which a machine is known. It goes into the machine's seed. */
  hostPair(vmId: string): Promise<KeyPair>;
  /** Its public half, which is read once: every command asks for it. */
  hostKey(vmId: string): Promise<string>;
  /**
   * Writes the known_hosts file for a person's own tools, with this machine and no other, and says where it is.
   * Without `hostKeys` it holds the key of `hostPair`.
   */
  knownHosts(vmId: string, place: Place, hostKeys?: readonly string[]): Promise<string>;
  /** All there is about one machine. Nothing there is fine. */
  forget(vmId: string): Promise<void>;
}

export function keyFolder(dir: string): KeyFolder {
  const host = (vmId: string) => join(dir, 'host', safe(vmId));
  const known = (vmId: string) => join(dir, 'known_hosts', safe(vmId));
  const hostKeys = new Map<string, string>();
  const hostPair = async (vmId: string) => {
    const pair = await pairAt(host(vmId), 'labwarden-host');
    hostKeys.set(vmId, pair.publicKey);
    return pair;
  };
  return {
    async pair(name) {
      const privatePath = join(dir, 'login', safe(name));
      const { publicKey } = await pairAt(privatePath, `labwarden-${name}`);
      return { privatePath, publicKey };
    },
    hostPair,
    hostKey: async (vmId) => hostKeys.get(vmId) ?? (await hostPair(vmId)).publicKey,
    async knownHosts(vmId, place, hostKeys) {
      await replace(known(vmId), knownHosts(place, hostKeys ?? [(await hostPair(vmId)).publicKey]));
      return known(vmId);
    },
    async forget(vmId) {
      hostKeys.delete(vmId);
      for (const path of [host(vmId), known(vmId)]) await removeWithDrafts(path);
    },
  };
}

/** One folder level, the same on file systems that fold case, and never mistaken for an option or a hidden file. */
function safe(name: string): string {
  if (/^[a-z0-9][a-z0-9._@-]{0,99}$/.test(name)) return name;
  throw new LabError(
    'INVALID_INPUT',
    `A key cannot be called ${JSON.stringify(name)}: use lower-case letters, digits and "._@-".`,
  );
}

/** The key of this path. One that cannot be trusted is refused rather than replaced. */
async function pairAt(path: string, comment: string): Promise<KeyPair> {
  try {
    const privateKey = (await kept(path, async () => (await newKey(comment)).privateKey)).toString();
    return { privateKey, publicKey: publicKeyOf(privateKey) };
  } catch (cause) {
    if (!(cause instanceof LabError)) throw cause;
    const broken = `The key ${path} is not used: it is no private key in OpenSSH format without a passphrase.`;
    throw new LabError('PROVIDER_FAILED', cause.code === 'INVALID_INPUT' ? broken : cause.message, { cause });
  }
}

async function replace(path: string, content: string): Promise<void> {
  await rename(await written(path, content), path);
}

/** The file, and what a kill in the middle of writing it has left beside it: that is a private key as well. */
async function removeWithDrafts(path: string): Promise<void> {
  const [folder, name] = [dirname(path), basename(path)];
  const beside = await readdir(folder).catch(() => []);
  for (const one of beside.filter((each) => each === name || each.startsWith(`${name}.`)))
    await rm(join(folder, one), { force: true });
}
