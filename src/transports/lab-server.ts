import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { makeOwnFolder } from '../config/own-folder.ts';
import { attend } from '../kernel/approval/desk.ts';
import type { Kernel } from '../kernel/boot.ts';
import { LabError, type Principal } from '../sdk/index.ts';
import { type Hello, helloOf } from './hello.ts';
import { serveMcp } from './mcp/serve.ts';
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
}

/** Listens where only this user can connect, and speaks with each client on a connection of its own. */
export async function serveLab(kernel: Kernel, { path, version, idleExitMs }: Options): Promise<LabServer> {
  const clients = new Set<Socket>();
  const over = Promise.withResolvers<string>();
  const idle = idleTimer(
    idleExitMs,
    () => clients.size === 0 && kernel.lab.jobs.size === 0,
    () => over.resolve('idle'),
  );
  const status = async (): Promise<string> =>
    `${JSON.stringify(await statusOf(kernel, { version, clients: clients.size }))}\n`;
  const server = createServer((socket) => {
    clients.add(socket);
    idle.touch();
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => {
      clients.delete(socket);
      idle.touch();
    });
    helloOf(socket).then(
      (hello) => welcome(hello, socket),
      () => socket.destroy(),
    );
  });
  const welcome = ({ via, ask, about }: Hello, socket: Socket): void => {
    if (ask === undefined) serveMcp(kernel, socket, osUser(via), version);
    else if (ask === 'status') void status().then((line) => socket.end(line));
    else if (ask === 'approver') void attendTo(kernel, about, socket);
    else void goodbye(socket);
  };
  const goodbye = async (socket: Socket): Promise<void> => {
    // Whoever wants to wait for the end sees it when the process lets go of this.
    clients.delete(socket);
    socket.unref().write(await status());
    over.resolve('stop');
  };
  await listen(server, path);
  // An error that nobody hears ends the process: out of file descriptors, for one.
  server.on('error', (reason) => kernel.lab.log('error', 'the lab server cannot accept', { cause: String(reason) }));
  kernel.lab.jobs.onIdle(idle.touch);
  void kernel.recovered.then(idle.touch);
  idle.touch();
  return {
    over: over.promise,
    async close() {
      idle.end();
      server.close();
      for (const client of clients) client.destroy();
      rmSync(path, { force: true });
    },
  };
}

/** One line back: what was asked for, or the error. */
async function attendTo({ lab }: Kernel, about: unknown, socket: Socket): Promise<void> {
  const answer = await attend(lab, userInfo().username, about).then(
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
