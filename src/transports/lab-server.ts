import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { makeOwnFolder } from '../config/own-folder.ts';
import { attend, type Visitor } from '../kernel/approval/desk.ts';
import type { Kernel } from '../kernel/boot.ts';
import { type Tools, toolsFor } from '../kernel/tools.ts';
import { refuseUnknown } from '../kernel/toolsets.ts';
import { LabError, type Principal } from '../sdk/index.ts';
import { type Hello, helloOf, type Welcome } from './hello.ts';
import { serveMcp } from './mcp/serve.ts';
import { openDoors, type Person } from './people.ts';
import { answerPolicy } from './policy-desk.ts';
import { dial } from './start.ts';
import { statusOf } from './status.ts';

export interface LabServer {
  /** Resolves when somebody said stop, or nobody needed it for a while. */
  readonly over: Promise<string>;
  close(): Promise<void>;
}

interface Options {
  readonly path: string;
  readonly version: string;
  readonly idleExitMs: number;
  /** Who shares the lab, each through a socket of their own in this folder. Whoever waits there cannot start a server, so this one stays. */
  readonly people?: readonly Person[];
  readonly peopleDir?: string;
}

/** Listens where only this user can connect, and speaks with each client on a connection of its own. */
export async function serveLab(kernel: Kernel, options: Options): Promise<LabServer> {
  const { path, version, idleExitMs, people = [], peopleDir = '' } = options;
  const clients = new Set<Socket>();
  const over = Promise.withResolvers<string>();
  const idle = idleTimer(
    idleExitMs,
    () => people.length === 0 && clients.size === 0 && kernel.lab.jobs.size === 0 && kernel.leases.pending === 0,
    () => over.resolve('idle'),
  );
  const status = async (): Promise<string> =>
    `${JSON.stringify(await statusOf(kernel, { version, clients: clients.size }))}\n`;
  const connected = (socket: Socket, who?: Person): void => {
    clients.add(socket);
    idle.touch();
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => {
      clients.delete(socket);
      idle.touch();
    });
    helloOf(socket).then(
      (hello) => welcome(hello, socket, who),
      () => socket.destroy(),
    );
  };
  const server = createServer((socket) => connected(socket));
  const welcome = (hello: Hello, socket: Socket, who?: Person): void => {
    const { via, ask, about, toolsets, readOnly } = hello;
    const person = who ? personOf(who, via) : osUser(via);
    if (toolsets && !greet(toolsFor(kernel.lab, { principal: person }), toolsets, socket)) return;
    const narrowed = { ...(toolsets && { toolsets }), ...(readOnly && { readOnly }) };
    if (ask === undefined) serveMcp(kernel, socket, { person, narrowed }, version);
    else if (ask === 'approver') void attendTo(kernel, { user: person.user, holds: !who }, about, socket);
    else if (who) socket.end(`${JSON.stringify({ refused: notTheirs })}\n`);
    else if (ask === 'status') void status().then((line) => socket.end(line));
    else if (ask === 'stop') void goodbye(socket);
    else void answerPolicy(kernel, hello, osUser('cli')).then((answer) => socket.end(`${JSON.stringify(answer)}\n`));
  };
  const goodbye = async (socket: Socket): Promise<void> => {
    // Whoever wants to wait for the end sees it when the process lets go of this.
    clients.delete(socket);
    socket.unref().write(await status());
    over.resolve('stop');
  };
  await listen(server, path);
  // An error that nobody hears ends the process: out of file descriptors, for one.
  const cannotAccept = (reason: Error) =>
    kernel.lab.log('error', 'the lab server cannot accept', { cause: String(reason) });
  const doors = await openDoors(people, peopleDir, connected, cannotAccept).catch((reason) => {
    server.close();
    throw reason;
  });
  server.on('error', cannotAccept);
  kernel.lab.jobs.onIdle(idle.touch);
  void kernel.recovered.then(idle.touch);
  idle.touch();
  return {
    over: over.promise,
    async close() {
      idle.end();
      server.close();
      doors[Symbol.dispose]();
      for (const client of clients) client.destroy();
      rmSync(path, { force: true });
    },
  };
}

/** One line back: what was asked for, or the error. */
async function attendTo({ lab }: Kernel, by: Visitor, about: unknown, socket: Socket): Promise<void> {
  const answer = await attend(lab, by, about).then(
    (data) => ({ data }),
    (reason: unknown) => {
      const { code, message, details } = LabError.of(reason);
      if (code === 'INTERNAL')
        lab.log('error', 'an approver was not answered', { cause: String(Object(reason).stack) });
      return { error: { code, message, details } };
    },
  );
  socket.end(`${JSON.stringify(answer)}\n`);
}

const personOf = ({ name, groups }: Person, via: Hello['via']): Principal => ({ user: name, groups, via });

const notTheirs =
  'Only the account that runs this lab may ask its server that; a client of yours has the tools that policy gives you.';

/** Says whether this caller has these toolsets; hangs up when one is not there. Of the others they are not told. */
function greet(theirs: Tools, toolsets: readonly string[], socket: Socket): boolean {
  const say = (welcome: Welcome): string => `${JSON.stringify(welcome)}\n`;
  try {
    refuseUnknown(toolsets, theirs, 'INVALID_INPUT', '--toolsets');
    socket.write(say({ welcome: true }));
    return true;
  } catch (reason) {
    socket.end(say({ refused: LabError.of(reason).message }));
    return false;
  }
}

/** Whoever can open the socket is the user it belongs to. */
const osUser = (via: Hello['via']): Principal => ({ user: userInfo().username, groups: [], via });

async function listen(server: Server, path: string): Promise<void> {
  makeOwnFolder(dirname(path));
  const other = await dial(path);
  other?.destroy();
  if (other) throw new LabError('CONFLICT', `A lab server listens on ${path} already.`);
  rmSync(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
  // Until here the folder keeps others out. A umask would hit every file that the providers are just making.
  chmodSync(path, 0o600);
}

/** Once touched, fires when nothing has happened for a while and nobody is there. */
function idleTimer(ms: number, isIdle: () => boolean, fire: () => void) {
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  const touch = () => {
    clearTimeout(timer);
    if (!ended) timer = setTimeout(() => (isIdle() ? fire() : touch()), ms);
  };
  const end = () => {
    ended = true;
    clearTimeout(timer);
  };
  return { touch, end };
}
