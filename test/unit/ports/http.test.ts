import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isPublic } from '../../../src/ports/public-address.ts';
import { LabError } from '../../../src/sdk/index.ts';
import { httpsServer } from './https-server.ts';
import { inside, opened } from './opened.ts';

const text = (body: Uint8Array) => Buffer.from(body).toString();

test('an answer is an answer, whatever its status', async () => {
  await using server = await httpsServer(({ url }, answer) =>
    answer.writeHead(url === '/a?b' ? 200 : 404).end(`${url}`),
  );
  await using door = await opened({ http: [server.origin] });
  const { status, body } = await door.ports.http.get(`${server.origin}/a?b`);
  expect([status, text(body)]).toEqual([200, '/a?b']);
  expect(await door.ports.http.get(`${server.origin}/no`)).toMatchObject({ status: 404 });
  expect(door.events).toContainEqual(
    expect.objectContaining({ what: `${server.origin}/a`, phase: 'close', bytesIn: 4 }),
  );
});

test('a redirect is followed within what is granted, and not for ever', async () => {
  await using server = await httpsServer(({ url }, answer) => {
    if (url === '/there') answer.end('there');
    else answer.writeHead(302, { location: url === '/loop' ? '/loop' : 'there' }).end();
  });
  await using door = await opened({ http: [server.origin] });
  expect(text((await door.ports.http.get(`${server.origin}/here`)).body)).toBe('there');
  await expect(door.ports.http.get(`${server.origin}/loop`)).rejects.toThrow('redirects more than 5 times');
});

test('a download is in its file with its digest, or not at all', async () => {
  const image = Buffer.alloc(2_000_000, 'image');
  await using server = await httpsServer(({ url }, answer) => {
    if (url === '/image') answer.end(image);
    else if (url === '/cut') answer.writeHead(200, { 'content-length': 100 }).write('half', () => answer.destroy());
    else answer.writeHead(500).end();
  });
  await using door = await opened({ http: [server.origin], files: { own: 'write' } });
  const to = inside(door, 'image.qcow2');
  const sha256 = createHash('sha256').update(image).digest('hex');
  expect(await door.ports.http.download(`${server.origin}/image`, to)).toEqual({ digest: `sha256:${sha256}` });
  expect(readFileSync(to).equals(image)).toBe(true);
  const cut = door.ports.http.download(`${server.origin}/cut`, inside(door, 'cut'));
  await expect(cut).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
  await expect(door.ports.http.download(`${server.origin}/no`, inside(door, 'no'))).rejects.toThrow('answers 500');
  expect(readdirSync(door.folder)).toEqual(['image.qcow2']);
});

test('more than 8 MiB are not kept in memory', async () => {
  await using server = await httpsServer((_, answer) => answer.end(Buffer.alloc(8 * 1024 * 1024 + 1)));
  await using door = await opened({ http: [server.origin] });
  await expect(door.ports.http.get(server.origin)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
});

test('the end of the call ends a download, and nothing of it stays', async () => {
  const half = Promise.withResolvers<void>();
  await using server = await httpsServer((_, answer) => answer.write('half', () => half.resolve()));
  await using door = await opened({ http: [server.origin], files: { own: 'write' } });
  const answer = door.ports.http.download(server.origin, inside(door, 'a')).catch((reason) => reason);
  await half.promise;
  const reason = new LabError('CANCELLED', 'Enough.');
  door.stop(reason);
  expect(await answer).toBe(reason);
  expect(readdirSync(door.folder)).toEqual([]);
});

test('nobody there is an error with the reason of the system', async () => {
  const server = await httpsServer(() => {});
  await server[Symbol.asyncDispose]();
  await using door = await opened({ http: [server.origin] });
  await expect(door.ports.http.get(server.origin)).rejects.toThrow('does not answer: ECONNREFUSED');
});

describe('only the internet is public', () => {
  test.each(['1.1.1.1', '93.184.216.34', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450::1'])(
    '%s is',
    (address) => {
      expect(isPublic(address)).toBe(true);
    },
  );

  test.each([
    ...[
      '0.0.0.0',
      '10.1.2.3',
      '100.64.0.1',
      '127.0.0.1',
      '127.255.0.1',
      '169.254.169.254',
      '172.16.0.1',
      '172.31.255.255',
    ],
    ...['192.0.0.192', '192.168.1.1', '198.18.0.1', '224.0.0.1', '240.0.0.1', '255.255.255.255', '203.0.113.1'],
    ...[
      '::',
      '::1',
      '::ffff:8.8.8.8',
      '::7f00:1',
      'fe80::1',
      'fc00::1',
      'fd00:ec2::254',
      'ff02::1',
      '64:ff9b::a9fe:a9fe',
    ],
    ...['2002:7f00:1::', '2001:0:7f00:1::', '2001:db8::1', '3fff::1', 'not an address', ''],
  ])('%s is not', (address) => {
    expect(isPublic(address)).toBe(false);
  });
});
