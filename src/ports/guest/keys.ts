import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { link, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { LabError } from '../../sdk/index.ts';
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
    const pair = await kept(host(vmId), 'labwarden-host');
    hostKeys.set(vmId, pair.publicKey);
    return pair;
  };
  return {
    async pair(name) {
      const privatePath = join(dir, 'login', safe(name));
      const { publicKey } = await kept(privatePath, `labwarden-${name}`);
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

/** The key of this path. Of several callers, in whatever process, one makes it and all get the same. */
async function kept(path: string, comment: string): Promise<KeyPair> {
  const there = await read(path);
  if (there) return there;
  const temporary = await written(path, (await newKey(comment)).privateKey);
  try {
    await link(temporary, path); // never over one that is there
  } catch (cause) {
    if (!isCode(cause, 'EEXIST')) throw cause;
  } finally {
    await rm(temporary, { force: true });
  }
  const made = await read(path);
  if (made) return made;
  throw new LabError('CONFLICT', `The key ${path} was removed while it was being made.`);
}

/** `undefined` when there is none. A link, a broken key or one that others may read is refused rather than used. */
async function read(path: string): Promise<KeyPair | undefined> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    const { mode } = await file.stat();
    if (mode & 0o077) throw unusable(path, 'others may read it; run chmod 600 on it if you trust it still');
    const privateKey = await file.readFile('utf8');
    return { privateKey, publicKey: publicKeyOf(privateKey) };
  } catch (cause) {
    if (isCode(cause, 'ENOENT')) return undefined;
    if (isCode(cause, 'INVALID_INPUT'))
      throw unusable(path, 'it is no private key in OpenSSH format without a passphrase');
    if (isCode(cause, 'ELOOP')) throw unusable(path, 'it is a symbolic link');
    throw cause;
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

/** Whole and on disk, beside its final name. */
async function written(path: string, content: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomUUID()}`;
  await using file = await open(temporary, 'wx', 0o600);
  await file.writeFile(content);
  await file.sync();
  return temporary;
}

const unusable = (path: string, why: string): LabError =>
  new LabError('PROVIDER_FAILED', `The key ${path} is not used: ${why}.`);

const isCode = (reason: unknown, code: string): boolean =>
  reason instanceof Error && 'code' in reason && reason.code === code;
