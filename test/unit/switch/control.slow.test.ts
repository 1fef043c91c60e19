import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { everyone, frame } from '../../support/switch/frames.ts';
import { Machine } from '../../support/switch/machine.ts';

const program = fileURLToPath(new URL('../../../src/switch/main.ts', import.meta.url));
let folder = '';
let opened = new AsyncDisposableStack();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switch-'));
});

afterEach(async () => {
  await opened.disposeAsync();
  opened = new AsyncDisposableStack();
  await rm(folder, { recursive: true });
});

const at = (name: string) => join(folder, name);

/** The program itself, as the process port would start it. */
function start(path = at('control')) {
  const child = spawn(process.execPath, [program, path], { stdio: ['ignore', 'ignore', 'pipe'], env: {} });
  let said = '';
  child.stderr.on('data', (words: Buffer) => {
    said += words;
  });
  const ended = once(child, 'close').then(([code]) => ({ code, said }));
  opened.defer(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { child, ended };
}

/** Asks the lines given, and answers with the lines that came back until the other end closed or all were answered. */
async function ask(...lines: readonly (string | Buffer)[]): Promise<object[]> {
  const socket = await vi.waitFor(() => dial(at('control')), { interval: 5, timeout: 4_000 });
  socket.write(Buffer.concat(lines.map((line) => Buffer.from(line))));
  const answers: object[] = [];
  for await (const line of createInterface(socket)) {
    answers.push(JSON.parse(line));
    if (answers.length === lines.length) break;
  }
  socket.destroy();
  return answers;
}

async function dial(path: string) {
  const socket = connect(path).on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

const ports = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, at(name)]));

test('it carries frames between the ports it is told, outlives a hang-up, and tidies up when told to end', async () => {
  const a = opened.use(await Machine.at(at('a')));
  const b = opened.use(await Machine.at(at('b')));
  const { child, ended } = start();
  expect(await ask(`${JSON.stringify({ set: { ports: ports('a', 'b') } })}\n`)).toEqual([{ ok: true }]);
  const both = { a: expect.objectContaining({ connected: true }), b: expect.objectContaining({ connected: true }) };
  await vi.waitFor(async () => expect(await ask('{"get":true}\n')).toEqual([{ ports: both }]), { interval: 5 });
  child.stderr.destroy();
  child.kill('SIGHUP');
  a.send(frame(everyone, 0x525400000a01, 'still carried'));
  expect(await b.next()).toEqual(['still carried']);
  expect(await ask('{"get":true}\n')).toEqual([
    {
      ports: {
        a: { connected: true, frames: 1, dropped: 0 },
        b: { connected: true, frames: 0, dropped: 0 },
      },
    },
  ]);
  child.kill('SIGTERM');
  expect(await ended).toEqual({ code: 0, said: '' });
  expect(await readdir(folder)).toEqual(['a', 'b']);
});

test('only its own user may speak to it', async () => {
  start();
  await ask('{"get":true}\n');
  expect((await stat(at('control'))).mode & 0o777).toBe(0o600);
});

test('the socket that a dead switch left is replaced', async () => {
  const first = start();
  await ask('{"get":true}\n');
  first.child.kill('SIGKILL');
  await first.ended;
  expect(await readdir(folder)).toEqual(['control']);
  start();
  expect(await ask('{"get":true}\n')).toEqual([{ ports: {} }]);
});

test('a second switch leaves the first alone, and says so', async () => {
  start();
  await ask('{"get":true}\n');
  const second = await start().ended;
  expect(second).toEqual({
    code: 1,
    said: `A switch runs at "${at('control')}" already; stop it first.\n`,
  });
  expect(await ask('{"get":true}\n')).toEqual([{ ports: {} }]);
});

test('what is no socket is never removed', async () => {
  await writeFile(at('control'), 'a letter');
  expect(await start().ended).toMatchObject({ code: 1, said: expect.stringContaining('is not a socket') });
  expect(await readdir(folder)).toEqual(['control']);
});

test('a path too long for a socket is refused with a sentence', async () => {
  const long = at('x'.repeat(120));
  expect(await start(long).ended).toMatchObject({
    code: 1,
    said: expect.stringContaining(`No control socket at "${long}"`),
  });
});

test.each([
  ['no JSON', Buffer.from('hello\n')],
  ['an unknown request', Buffer.from('{"stop":true}\n')],
  ['no UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22, 0x0a])],
  ['a line without an end', Buffer.alloc(1024 * 1024 + 1, 'x')],
  ['deep nesting', Buffer.from(`{"set":${'['.repeat(100_000)}\n`)],
])('garbage is answered with an error and let go, and what was set stays: %s', async (_, garbage) => {
  start();
  await ask(`${JSON.stringify({ set: { ports: ports('a') } })}\n`);
  expect(await ask(garbage, '{"get":true}\n')).toEqual([{ error: expect.any(String) }]);
  expect(await ask('{"get":true}\n')).toEqual([{ ports: { a: { connected: false, frames: 0, dropped: 0 } } }]);
});

test('requests cut anywhere are answered in order', async () => {
  start();
  const wire = `${JSON.stringify({ set: { ports: ports('ü') } })}\n{"get":true}\n`;
  const bytes = Array.from(Buffer.from(wire), (byte) => Buffer.from([byte]));
  const socket = await vi.waitFor(() => dial(at('control')), { interval: 5, timeout: 4_000 });
  socket.setNoDelay(true);
  for (const byte of bytes) {
    socket.write(byte);
    await new Promise(setImmediate);
  }
  const answers = createInterface(socket)[Symbol.asyncIterator]();
  expect((await answers.next()).value).toBe('{"ok":true}');
  expect((await answers.next()).value).toContain('"ü"');
  socket.destroy();
});

test('somebody listening where a machine should be is harmless', async () => {
  const server = createServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  server.listen(at('a'));
  opened.defer(async () => void server.close());
  start();
  await ask(`${JSON.stringify({ set: { ports: ports('a') } })}\n`);
  await once(server, 'connection');
  expect(await ask('{"get":true}\n')).toEqual([{ ports: { a: expect.objectContaining({ frames: 0 }) } }]);
});
