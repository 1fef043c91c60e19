import { once } from 'node:events';
import { lstat, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { lineReader } from './lines.ts';
import { parse } from './request.ts';
import type { Switch } from './switch.ts';

const mostUnreadBytes = 4 * 1024 * 1024;
const farewellMs = 1_000;

/** Opens the control socket, in the place of one that a dead switch left. Throws when a living one answers there. */
export async function listen(path: string, network: Switch): Promise<Server> {
  const server = createServer((socket) => serve(socket, network));
  await bind(server, path).catch(async (reason: NodeJS.ErrnoException) => {
    if (reason.code !== 'EADDRINUSE') throw new Error(`No control socket at "${path}": ${reason.message}.`);
    await clear(path);
    await bind(server, path);
  });
  return server;
}

async function bind(server: Server, path: string): Promise<void> {
  server.listen(path);
  await once(server, 'listening');
}

async function clear(path: string): Promise<void> {
  if (await answers(path)) throw new Error(`A switch runs at "${path}" already; stop it first.`);
  if (!(await lstat(path)).isSocket()) throw new Error(`"${path}" is not a socket; move it away first.`);
  await rm(path);
}

async function answers(path: string): Promise<boolean> {
  const socket = connect(path);
  const answered = await once(socket, 'connect').then(
    () => true,
    ({ code }: NodeJS.ErrnoException) => code !== 'ECONNREFUSED', // a living one may be too busy to accept
  );
  socket.destroy();
  return answered;
}

/** JSON lines: one answer each, in order. Whoever sends anything else, or never reads, is let go. */
function serve(socket: Socket, network: Switch): void {
  const feed = lineReader((line) => {
    socket.write(`${JSON.stringify(answer(line, network))}\n`);
    if (socket.writableLength > mostUnreadBytes) throw new Error('Read the answers before you ask for more.');
  });
  socket.on('error', () => {}); // 'close' follows
  socket.on('data', (chunk: Buffer) => {
    try {
      if (socket.writable) feed(chunk);
    } catch (reason) {
      socket.end(`${JSON.stringify({ error: reason instanceof Error ? reason.message : String(reason) })}\n`);
      setTimeout(() => socket.destroy(), farewellMs); // reading on, or our last words would be lost with its unread ones
    }
  });
}

function answer(line: string, network: Switch): object {
  const request = parse(line);
  if ('get' in request) return { ports: network.report() };
  network.set(request.set);
  return { ok: true };
}
