import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, lstatSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { makeOwnFolder } from '../config/own-folder.ts';
import { LabError } from '../sdk/index.ts';

/** Somebody who shares the lab, by the name that policies know. */
export interface Person {
  readonly name: string;
  readonly groups: readonly string[];
  /** The OS account that alone can open their socket: a name or a number. */
  readonly account: string;
}

/** Of one person at once. The server has only so many descriptors, for its guests too. */
const mostConnections = 64;

type Connected = (socket: Socket, person: Person) => void;

/**
 * A socket for each, which the operating system lets nobody else open: so whoever comes through it is that person. Throws
 * CONFIG_INVALID when it cannot be given to their account.
 */
export async function openDoors(
  people: readonly Person[],
  dir: string,
  connected: Connected,
  failed: (reason: Error) => void,
): Promise<Disposable> {
  const servers: Server[] = [];
  const close = () => {
    for (const server of servers) server.close();
    for (const { name } of people) rmSync(socketOf(dir, name), { force: true });
  };
  try {
    if (people.length > 0) makeSharedFolder(dir);
    for (const person of people) servers.push((await open(person, dir, connected)).on('error', failed));
  } catch (reason) {
    close();
    throw reason;
  }
  return { [Symbol.dispose]: close };
}

export const socketOf = (dir: string, name: string): string => join(dir, `${name}.sock`);

/** Others may go through it to a socket whose name they know, and neither list it nor write in it. */
function makeSharedFolder(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o711 });
  const { uid, mode } = lstatSync(dir);
  if (uid !== process.getuid?.() || (mode & 0o022) !== 0)
    throw new LabError(
      'CONFIG_INVALID',
      `people_dir ${dir} must be a folder of the lab server's own that nobody else can write in (mode 0711).`,
    );
  chmodSync(dir, 0o711);
}

/** Made where nobody else can reach it, and moved to its place once it is theirs: there is no moment at which a stranger could connect. */
async function open(person: Person, dir: string, connected: Connected): Promise<Server> {
  const account = accountOf(person);
  const [making, path] = [join(dir, '.making'), socketOf(dir, person.name)];
  makeOwnFolder(making);
  const draft = join(making, 's');
  rmSync(draft, { force: true });
  const server = createServer((socket) => connected(socket, person));
  server.maxConnections = mostConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(draft, () => {
      server.off('error', reject);
      resolve();
    });
  });
  chmodSync(draft, 0o600);
  give(draft, account, person);
  renameSync(draft, path);
  return server;
}

interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Throws CONFIG_INVALID when this machine has no such account. */
function accountOf({ name, account }: Person): Account {
  if (account === userInfo().username) return { uid: userInfo().uid, gid: userInfo().gid };
  const [uid, gid] = ['-u', '-g'].map((what) => spawnSync('id', [what, '--', account], { encoding: 'utf8' }));
  if (uid?.status === 0 && gid?.status === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  throw new LabError(
    'CONFIG_INVALID',
    `people.${name}: this machine has no account "${account}"; name theirs with "account:".`,
  );
}

function give(path: string, { uid, gid }: Account, { name, account }: Person): void {
  if (uid === process.getuid?.()) return;
  try {
    chownSync(path, uid, gid);
  } catch (cause) {
    const why = `people.${name}: the lab server may not give a socket to the account "${account}"; run it as root, or with CAP_CHOWN.`;
    throw new LabError('CONFIG_INVALID', why, { cause });
  }
}
