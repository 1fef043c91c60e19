import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ownFolder } from '../test/support/folder.ts';
import { frame, prefixed } from '../test/support/switch/frames.ts';
import { byTurns } from './support/rounds.ts';
import { print, type Row, row } from './support/table.ts';

const [macA, macB] = [0x525400000a01, 0x525400000a02];
const program = fileURLToPath(new URL('../src/switch/main.ts', import.meta.url));
// The switch drops above 4 MiB, counting each of its writes until the whole of it is taken.
const windowBytes = 1024 * 1024;
const bytesEach = 256 * 1024 * 1024;
/** Frames per second from one socket to another, through the switch and without it, the very same bytes. */
export async function switching(): Promise<readonly Row[]> {
  await using folder = await ownFolder();
  return [await measure(folder.path, 64), await measure(folder.path, 1_500)];
}

async function measure(folder: string, frameBytes: number): Promise<Row> {
  const rates = await byTurns(3, {
    direct: () => through(folder, frameBytes, false),
    switched: () => through(folder, frameBytes, true),
  });
  const what = `the switch, frames of ${frameBytes} bytes`;
  return row(rates, { what, floor: 'direct', ours: 'switched', target: 'none', unit: 'frames/s' });
}

async function through(folder: string, frameBytes: number, withSwitch: boolean): Promise<number> {
  await using opened = new AsyncDisposableStack();
  const [from, to] = withSwitch ? await switched(folder, opened) : await direct(folder, opened);
  const one = prefixed(frame(macB, macA, 'x'.repeat(frameBytes - 14)));
  const burst = Buffer.concat(Array.from({ length: Math.floor(65_536 / one.byteLength) }, () => one));
  const total = Math.ceil(bytesEach / burst.byteLength) * burst.byteLength;
  const arrived = counted(to, total);
  const began = performance.now();
  for (let sent = 0; sent < total; sent += burst.byteLength) {
    if (!from.write(burst)) await once(from, 'drain');
    while (sent - arrived.bytes > windowBytes) await sleep(0);
  }
  await arrived.all;
  return total / one.byteLength / ((performance.now() - began) / 1_000);
}

function counted(to: Socket, total: number) {
  const all = Promise.withResolvers<void>();
  const arrived = { bytes: 0, all: all.promise };
  to.on('data', (chunk: Buffer) => {
    arrived.bytes += chunk.byteLength;
    if (arrived.bytes >= total) all.resolve();
  });
  return arrived;
}

async function direct(folder: string, opened: AsyncDisposableStack): Promise<[Socket, Socket]> {
  const accepted = await listening(join(folder, 'direct'), opened);
  const from = await dialled(join(folder, 'direct'));
  return [from, await accepted.socket];
}

async function switched(folder: string, opened: AsyncDisposableStack): Promise<[Socket, Socket]> {
  const [first, second] = [await listening(join(folder, 'a'), opened), await listening(join(folder, 'b'), opened)];
  const child = spawn(process.execPath, [program, join(folder, 'control')], { stdio: 'inherit', env: {} });
  opened.defer(() => ended(child));
  const control = await dialled(join(folder, 'control'));
  control.write(`${JSON.stringify({ set: { ports: { a: join(folder, 'a'), b: join(folder, 'b') } } })}\n`);
  const [a, b] = await Promise.all([first.socket, second.socket]);
  const heard = once(a, 'data').then(() => control.destroy());
  while (!control.destroyed) {
    b.write(prefixed(frame(macA, macB, 'here is b'))); // until the switch has learned where b is
    await Promise.race([heard, sleep(10)]);
  }
  return [a, b];
}

async function listening(path: string, opened: AsyncDisposableStack): Promise<{ readonly socket: Promise<Socket> }> {
  const server = createServer();
  server.listen(path);
  await once(server, 'listening');
  const socket: Promise<Socket> = once(server, 'connection').then(([accepted]) => accepted);
  opened.defer(async () => {
    (await socket).destroy();
    server.close();
  });
  return { socket };
}

async function dialled(path: string): Promise<Socket> {
  const socket = connect(path);
  const answered = once(socket, 'connect').then(() => socket);
  return answered.catch(() => sleep(10).then(() => dialled(path)));
}

async function ended(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

if (import.meta.main) print(await switching());
