import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { expect, test as inTurn } from 'vitest';
import { openGuests } from '../../../src/ports/guest/index.ts';
import { machine, never, until } from '../../support/guest.ts';
import { SshServer } from '../../support/ssh-server.ts';

const test = inTurn.concurrent;

const limits = { timeoutMs: 20_000, maxOutputBytes: 10_000 };

test('a connection that nobody uses goes, and the next command makes another', async () => {
  await using at = await machine();
  await using guests = openGuests({ idleMs: 30 });
  await guests.exec(at.target, 'true', limits, never);
  await until(() => at.server.open === 0);
  await guests.exec(at.target, 'true', limits, never);
  expect(at.server.connections).toBe(2);
});

test('a connection in use is never idle', async () => {
  await using at = await machine();
  await using guests = openGuests({ idleMs: 30 });
  expect(await guests.exec(at.target, 'sleep 0.2; echo done', limits, never)).toMatchObject({ stdout: 'done\n' });
});

test('a connection that died unseen is dialled anew, once, and the command runs once', async () => {
  await using at = await machine();
  await using guests = openGuests();
  const target = { ...at.target, connectTimeoutMs: 1_000 };
  await guests.exec(target, 'echo 1', limits, never);
  at.server.freeze();
  expect(await guests.exec(target, 'echo 2', limits, never)).toMatchObject({ stdout: '2\n' });
  expect(at.server).toMatchObject({ commands: ['echo 1', 'echo 2'], connections: 2 });
});

test('a machine that was restarted is found at its new place', async () => {
  await using at = await machine();
  await using guests = openGuests();
  let port = at.server.port;
  const target = { ...at.target, endpoint: async () => ({ host: '127.0.0.1', port }) };
  await guests.exec(target, 'echo 1', limits, never);
  await using moved = await SshServer.start({ hostKeys: [at.host.privateKey], authorized: [at.user.publicKey] });
  at.server.cut();
  await until(() => at.server.open === 0);
  port = moved.port;
  expect(await guests.exec(target, 'echo 2', limits, never)).toMatchObject({ stdout: '2\n' });
  expect(moved.commands).toEqual(['echo 2']);
});

test('three silences in a row end a connection, and with it the command that waited', async () => {
  await using at = await machine();
  await using guests = openGuests({ keepaliveMs: 20 });
  const ran = guests.exec(at.target, 'sleep 100', limits, never);
  const refused = expect(ran).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  await until(() => at.server.commands.length === 1);
  at.server.freeze();
  await refused;
});

test('a connection that answers is kept, however long the command is silent', async () => {
  await using at = await machine();
  await using guests = openGuests({ keepaliveMs: 50 });
  expect(await guests.exec(at.target, 'sleep 0.5; echo done', limits, never)).toMatchObject({ stdout: 'done\n' });
  expect(at.server.connections).toBe(1);
});

test('a connection over which a command cannot be ended takes no other', async () => {
  await using at = await machine();
  await using guests = openGuests();
  const ran = guests.exec(at.target, 'sleep 100', { ...limits, timeoutMs: 500 }, never);
  await until(() => at.server.commands.length === 1);
  at.server.freeze();
  expect(await ran).toMatchObject({ timedOut: true, exitCode: undefined });
  expect(await guests.exec(at.target, 'echo next', limits, never)).toMatchObject({ stdout: 'next\n' });
  expect(at.server.connections).toBe(2);
});

test('forget drops the connection, and another user gets one of its own', async () => {
  await using at = await machine({ password: 'hunter2' });
  await using guests = openGuests();
  const { keyPath: _, ...other } = { ...at.target, password: async () => 'hunter2' };
  await guests.exec(at.target, 'true', limits, never);
  await guests.exec(other, 'true', limits, never);
  expect(at.server.open).toBe(2);
  guests.forget('vm-1');
  await until(() => at.server.open === 0);
  await guests.exec(at.target, 'true', limits, never);
  expect(at.server.connections).toBe(3);
});

test('a command that runs while its machine is forgotten has an unknown outcome; one that waits is not run', async () => {
  await using at = await machine();
  await using guests = openGuests();
  const running = Array.from({ length: 4 }, () => guests.exec(at.target, 'sleep 100', limits, never));
  const waiting = guests.exec(at.target, 'echo waiting', limits, never);
  const refusals = Promise.allSettled([...running, waiting]);
  await until(() => at.server.commands.length === 4);
  guests.forget('vm-1');
  const codes = (await refusals).map((settled) => settled.status === 'rejected' && settled.reason.code);
  expect(codes).toEqual([...Array(4).fill('OUTCOME_UNKNOWN'), 'PROVIDER_UNAVAILABLE']);
  expect(at.server.commands).toHaveLength(4);
});

test('reachable says whether it lets us in now, also over a connection that died unseen', async () => {
  await using at = await machine();
  await using guests = openGuests();
  const target = { ...at.target, connectTimeoutMs: 1_000 };
  expect(await guests.reachable(target, never)).toBe(true);
  at.server.freeze();
  expect(await guests.reachable(target, never)).toBe(true);
  expect(at.server.connections).toBe(2);
  at.server.options.authorized = [];
  at.server.cut();
  await until(() => at.server.open === 0);
  expect(await guests.reachable(target, never)).toBe(false);
});

test('one that accepts and says nothing is not reachable', async () => {
  const silent = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  await using at = await machine();
  await using guests = openGuests();
  const { port } = silent.address() as { port: number };
  const target = { ...at.target, connectTimeoutMs: 50, endpoint: async () => ({ host: '127.0.0.1', port }) };
  expect(await guests.reachable(target, never)).toBe(false);
  silent.close();
});

test('an idle connection does not keep the process alive', async () => {
  await using at = await machine();
  const index = new URL('../../../src/ports/guest/index.ts', import.meta.url).href;
  const target = JSON.stringify({ ...at.target, at: { host: '127.0.0.1', port: at.server.port } });
  const program = `
    const { openGuests } = await import(${JSON.stringify(index)});
    const { at, ...target } = ${target};
    const ran = await openGuests().exec({ ...target, endpoint: async () => at }, 'echo hi', ${JSON.stringify(limits)}, new AbortController().signal);
    process.stdout.write(ran.stdout);`;
  const args = ['--conditions=labwarden-source', '--input-type=module', '-e', program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 });
  expect(stdout).toBe('hi\n');
});
