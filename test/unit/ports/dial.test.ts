import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { createServer as createTlsServer, getCACertificates, setDefaultCACertificates } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { LabError } from '../../../src/sdk/index.ts';
import { certificate } from './certificate.ts';
import { drained, inside, opened, textOf } from './opened.ts';

const asked = {
  dial: [
    { to: 'unix:run', effect: 'change' as const },
    { to: 'tcp:127.0.0.1:*', effect: 'read' as const },
    { to: 'tls:127.0.0.1:*', effect: 'read' as const },
    { to: 'tls:localhost:*', effect: 'read' as const },
  ],
  secret: ['key'],
};

const echo = (socket: Socket) => void socket.on('error', () => {}).pipe(socket);

async function listening(server: Server, path?: string): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  server.listen(path ? { path } : { port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

test('a unix socket beneath a granted root carries bytes both ways, and an end', async () => {
  await using door = await opened(asked);
  await using _ = await listening(createServer(echo), inside(door, 'a.sock'));
  const pipe = await door.ports.dial.open({ unix: inside(door, 'a.sock') });
  await pipe.write(Buffer.from('hello'));
  expect(Buffer.from((await pipe.read()) ?? []).toString()).toBe('hello');
  await pipe.close();
  expect(await pipe.read()).toBeUndefined();
  await expect(pipe.write(Buffer.from('more'))).rejects.toMatchObject({ code: 'CONFLICT' });
});

test('10 MB go through in pieces of at most 64 KiB, in order, and are counted', async () => {
  await using door = await opened(asked);
  await using server = await listening(createServer(echo));
  const pipe = await door.ports.dial.open({ tcp: `127.0.0.1:${server.port}` });
  const sent = randomBytes(10_000_000);
  const written = pipe.write(sent);
  const got: Buffer[] = [];
  for (let bytes = 0; bytes < sent.length; bytes += got.at(-1)?.length ?? 0)
    got.push(Buffer.from((await pipe.read()) ?? []));
  await written;
  await pipe.close();
  expect(Math.max(...got.map(({ length }) => length))).toBeLessThanOrEqual(65_536);
  expect(digest(Buffer.concat(got))).toBe(digest(sent));
  expect(door.events.at(-1)).toMatchObject({ phase: 'close', bytesIn: 10_000_000, bytesOut: 10_000_000 });
});

test('while nobody reads, nothing more is taken from who sends', async () => {
  await using door = await opened(asked);
  const server = createServer((socket) => void socket.on('error', () => {}).write(Buffer.alloc(20_000_000)));
  await using _ = await listening(server, inside(door, 's'));
  const accepted = once(server, 'connection');
  const pipe = await door.ports.dial.open({ unix: inside(door, 's') });
  const [sender] = await accepted;
  await pipe.read();
  for (let turns = 0; turns < 1_000; turns++) await setImmediate();
  expect(sender.writableLength).toBeGreaterThan(18_000_000);
});

test('what the other end had said before it left is not lost', async () => {
  await using door = await opened(asked);
  await using server = await listening(createServer((socket) => socket.on('error', () => {}).end('x'.repeat(200_000))));
  const pipe = await door.ports.dial.open({ tcp: `127.0.0.1:${server.port}` });
  expect(Buffer.concat(await drained(pipe))).toHaveLength(200_000);
});

test('nobody there is an error with the reason of the system', async () => {
  await using door = await opened(asked);
  const nobody = { code: 'PROVIDER_UNAVAILABLE', message: expect.stringContaining('none: ENOENT') };
  await expect(door.ports.dial.open({ unix: inside(door, 'none') })).rejects.toMatchObject(nobody);
  await expect(door.ports.dial.open({ tcp: '127.0.0.1:1' })).rejects.toThrow('127.0.0.1:1: ECONNREFUSED');
});

test('a connection that breaks says so to who reads and who writes', async () => {
  await using door = await opened(asked);
  await using server = await listening(createServer((socket) => socket.once('data', () => socket.resetAndDestroy())));
  const pipe = await door.ports.dial.open({ tcp: `127.0.0.1:${server.port}` });
  await pipe.write(Buffer.from('x'));
  await expect(pipe.read()).rejects.toThrow('broke: ECONNRESET');
  await expect(pipe.write(Buffer.from('x'))).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
});

test('the end of the call ends a read that waits, and shuts the pipe', async () => {
  await using door = await opened(asked);
  const server = createServer();
  await using _ = await listening(server, inside(door, 's'));
  const [pipe, [peer]] = await Promise.all([
    door.ports.dial.open({ unix: inside(door, 's') }),
    once(server, 'connection'),
  ]);
  const left = once(peer.resume(), 'close');
  const read = pipe.read().catch((reason) => reason);
  const reason = new LabError('CANCELLED', 'Enough.');
  door.stop(reason);
  expect(await read).toBe(reason);
  await left;
  await expect(pipe.write(Buffer.from('x'))).rejects.toBe(reason);
  await expect(pipe.close()).rejects.toBe(reason);
  expect(door.events.map(({ phase }) => phase)).toEqual(['open', 'close']);
});

test('closing does not wait for a peer that does not read', async () => {
  await using door = await opened(asked);
  await using _ = await listening(
    createServer((socket) => socket.pause().on('error', () => {})),
    inside(door, 's'),
  );
  const pipe = await door.ports.dial.open({ unix: inside(door, 's') });
  const write = pipe.write(Buffer.alloc(20_000_000)).catch((reason) => reason);
  await pipe.close();
  expect(await write).toBeInstanceOf(LabError);
});

describe('over TLS', () => {
  const own = certificate();
  const other = certificate();
  const secure = () => listening(createTlsServer({ key: own.key, cert: own.cert }, echo));

  test('a certificate that nobody vouches for is refused before a byte is sent', async () => {
    await using door = await opened(asked);
    await using server = await secure();
    await expect(door.ports.dial.open({ tls: `127.0.0.1:${server.port}` })).rejects.toThrow('SELF_SIGNED_CERT');
  });

  test('a pinned fingerprint lets that very certificate in, with or without colons, and no other', async () => {
    await using door = await opened(asked);
    await using server = await secure();
    const tls = `127.0.0.1:${server.port}`;
    const colons = own.fingerprint.toUpperCase().replace(/(..)(?=.)/g, '$1:');
    const pipe = await door.ports.dial.open({ tls, fingerprint: colons });
    await pipe.write(Buffer.from('hello'));
    expect(Buffer.from((await pipe.read()) ?? []).toString()).toBe('hello');
    const stranger = door.ports.dial.open({ tls, fingerprint: other.fingerprint });
    await expect(stranger).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE', details: { found: own.fingerprint } });
  });

  test('a stranger is not kept on the line', async () => {
    await using door = await opened(asked);
    const left = Promise.withResolvers<void>();
    const wire = createTlsServer({ key: own.key, cert: own.cert });
    wire.on('tlsClientError', () => {}).on('connection', (socket) => void socket.once('close', () => left.resolve()));
    await using server = await listening(wire);
    const stranger = door.ports.dial.open({ tls: `127.0.0.1:${server.port}`, fingerprint: other.fingerprint });
    await expect(stranger).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    await left.promise;
  });

  test('a certificate that the host trusts is enough, for the names it is for', async () => {
    setDefaultCACertificates([...getCACertificates(), own.cert]);
    await using door = await opened(asked);
    await using server = await secure();
    for (const host of ['127.0.0.1', 'localhost'])
      await (await door.ports.dial.open({ tls: `${host}:${server.port}` })).close();
    await using foreign = await listening(createTlsServer({ key: other.key, cert: other.cert }, echo));
    await expect(door.ports.dial.open({ tls: `localhost:${foreign.port}` })).rejects.toThrow('SELF_SIGNED_CERT');
  });

  test("a secret's token becomes the secret on the wire, and stays a token over plain TCP", async () => {
    await using door = await opened(asked);
    await using server = await secure();
    await using plain = await listening(createServer(echo));
    const token = await door.ports.secret.token('key');
    expect(token).not.toContain('the secret');
    for (const [address, expected] of [
      [{ tls: `127.0.0.1:${server.port}`, fingerprint: own.fingerprint }, 'a=the secret of key;b=the secret of key;é'],
      [{ tcp: `127.0.0.1:${plain.port}` }, `a=${token};b=${token};é`],
    ] as const) {
      const pipe = await door.ports.dial.open(address);
      await pipe.write(Buffer.from(`a=${token};b=${token};é`));
      expect(Buffer.from((await pipe.read()) ?? []).toString()).toBe(expected);
    }
  });
});

test('a file as a pipe is read from any place on', async () => {
  await using door = await opened({ files: { own: 'write' } });
  const pipe = await door.ports.files.write(inside(door, 'log'));
  await pipe.write(Buffer.from('one two three'));
  await pipe.close();
  expect(await textOf(await door.ports.files.read(inside(door, 'log'), 4))).toBe('two three');
  expect(await textOf(await door.ports.files.read(inside(door, 'log'), -5))).toBe('three');
  expect(await textOf(await door.ports.files.read(inside(door, 'log'), -500))).toBe('one two three');
  expect(await textOf(await door.ports.files.read(inside(door, 'log'), 500))).toBe('');
});

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
