import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test as inTurn } from 'vitest';
import { openGuests, type Watch } from '../../../src/ports/guest/index.ts';
import { machine, never, until } from '../../support/guest.ts';
import { SshServer } from '../../support/ssh-server.ts';

const test = inTurn.concurrent;

const running: Watch = { state: async () => 'running', consoleTail: async () => 'db1 login: ' };

test('a machine that lets us in is ready, and its connection is kept', async () => {
  await using at = await machine();
  await using guests = openGuests();
  await guests.ready(at.target, 5_000, never, running);
  await guests.exec(at.target, 'true', { timeoutMs: 5_000, maxOutputBytes: 10 }, never);
  expect(at.server.connections).toBe(1);
});

test('a machine that comes up later is noticed', async () => {
  await using at = await machine();
  const { port } = at.server;
  await at.server[Symbol.asyncDispose]();
  await using guests = openGuests();
  const ready = guests.ready(
    { ...at.target, endpoint: async () => ({ host: '127.0.0.1', port }) },
    5_000,
    never,
    running,
  );
  await new Promise((resolve) => setTimeout(resolve, 250));
  await using _late = await SshServer.start({ hostKeys: [at.host.privateKey], authorized: [at.user.publicKey], port });
  await ready;
});

test('a forwarder that accepts for a sleeping machine does not hold us: short attempts find it when it speaks', async () => {
  await using at = await machine();
  let awake = false;
  const forwarder = createServer((socket) => {
    socket.on('error', () => {});
    if (!awake) return;
    const inner = new (socket.constructor as typeof import('node:net').Socket)().connect(at.server.port, '127.0.0.1');
    socket
      .on('error', () => inner.destroy())
      .pipe(inner)
      .on('error', () => socket.destroy())
      .pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(forwarder, 'listening');
  await using guests = openGuests();
  const { port } = forwarder.address() as { port: number };
  const target = { ...at.target, connectTimeoutMs: 60_000, endpoint: async () => ({ host: '127.0.0.1', port }) };
  const ready = guests.ready(target, 60_000, never, running);
  await new Promise((resolve) => setTimeout(resolve, 100));
  awake = true;
  await ready;
  forwarder.close();
});

test('nobody asks more than about ten times a second', async () => {
  let asked = 0;
  const refusing = createServer((socket) => {
    asked++;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(refusing, 'listening');
  await using at = await machine();
  await using guests = openGuests();
  const { port } = refusing.address() as { port: number };
  const target = { ...at.target, endpoint: async () => ({ host: '127.0.0.1', port }) };
  await expect(guests.ready(target, 450, never, running)).rejects.toMatchObject({ code: 'TIMEOUT' });
  expect(asked).toBeGreaterThan(1);
  expect(asked).toBeLessThanOrEqual(6);
  refusing.close();
});

test('out of time, the error names the node, the stage it never passed, why, and what the console said', async () => {
  await using at = await machine();
  const nobody = { ...at.target, endpoint: async () => ({ host: '127.0.0.1', port: 1 }) };
  await using guests = openGuests();
  await expect(guests.ready(nobody, 150, never, running)).rejects.toMatchObject({
    code: 'TIMEOUT',
    message: expect.stringMatching(/^"db1" was not ready within 150 ms; it never passed "connect": .*ECONNREFUSED/),
    details: { node: 'db1', stage: 'connect', reason: expect.any(String), console: 'db1 login: ' },
  });
});

test('no address yet is as good as no answer', async () => {
  await using at = await machine();
  await using guests = openGuests();
  const endpoint = () => Promise.reject(new Error('no lease'));
  const ready = guests.ready({ ...at.target, endpoint }, 50, never, running);
  await expect(ready).rejects.toMatchObject({ code: 'TIMEOUT', details: { stage: 'connect' } });
});

test('one that speaks something else never passes the handshake', async () => {
  const web = createServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(
    0,
    '127.0.0.1',
  );
  await once(web, 'listening');
  await using at = await machine();
  await using guests = openGuests();
  const { port } = web.address() as { port: number };
  const target = { ...at.target, endpoint: async () => ({ host: '127.0.0.1', port }) };
  const ready = guests.ready(target, 2_000, never, running);
  await expect(ready).rejects.toMatchObject({ details: { stage: 'handshake' } });
  web.close();
});

test('a machine that still applies its seed refuses at first, and is ready once it does not', async () => {
  await using at = await machine({ authorized: [] });
  await using guests = openGuests();
  const ready = guests.ready(at.target, 10_000, never, running);
  await until(() => at.server.refusals === 1);
  at.server.options.authorized = [at.user.publicKey];
  await ready;
  expect(at.server.connections).toBe(2);
});

test('a machine that refuses to the end never passed the login', async () => {
  await using at = await machine({ authorized: [] });
  await using guests = openGuests();
  const ready = guests.ready(at.target, 2_000, never, running);
  await expect(ready).rejects.toMatchObject({ code: 'TIMEOUT', details: { stage: 'login', node: 'db1' } });
});

test('a host key that is replaced while we wait is waited for', async () => {
  await using at = await machine();
  await using stranger = await machine();
  await using guests = openGuests();
  let { port } = stranger.server;
  const target = { ...at.target, endpoint: async () => ({ host: '127.0.0.1', port }) };
  const ready = guests.ready(target, 10_000, never, running);
  await until(() => stranger.server.connections === 1);
  port = at.server.port;
  await ready;
  expect(stranger.server.logins).toBe(0);
});

test.each(['stopped', 'absent', 'paused', 'failed'] as const)(
  'a machine that is %s is not waited for',
  async (state) => {
    await using at = await machine();
    await using guests = openGuests();
    const ready = guests.ready(at.target, 600_000, never, { ...running, state: async () => state });
    await expect(ready).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: `"db1" will not become ready: it is ${state}.`,
      details: { stage: 'power', console: 'db1 login: ' },
    });
  },
);

test('a machine that stops while we wait ends the wait', async () => {
  await using at = await machine({ authorized: [] });
  await using guests = openGuests();
  const states = ['running', 'stopped'] as const;
  let asked = 0;
  const state = async () => states[Math.min(asked++, 1)] ?? 'stopped';
  const ready = guests.ready(at.target, 600_000, never, { ...running, state });
  await expect(ready).rejects.toMatchObject({ details: { stage: 'power' } });
});

test('a cancelled wait ends at once, whatever it was doing', async () => {
  await using at = await machine({ authorized: [] });
  await using guests = openGuests();
  const call = new AbortController();
  const ready = guests.ready(at.target, 600_000, call.signal, running);
  setTimeout(() => call.abort(), 150);
  await expect(ready).rejects.toMatchObject({ code: 'CANCELLED' });
});

test('what waiting cannot mend is said at once', async () => {
  await using at = await machine();
  await using guests = openGuests();
  const unpinned = guests.ready({ ...at.target, hostKeys: [] }, 600_000, never, running);
  await expect(unpinned).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  const keyless = guests.ready({ ...at.target, keyPath: `${at.home}/none` }, 600_000, never, running);
  await expect(keyless).rejects.toMatchObject({ code: 'PROVIDER_FAILED' });
});
