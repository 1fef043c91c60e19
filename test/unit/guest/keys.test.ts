import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { keyFolder, publicKeyOf } from '../../../src/ports/guest/index.ts';
import { newKey } from '../../../src/ports/guest/openssh.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'labwarden-keys-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('a key is made once, for nobody else to read, and is the same ever after', async () => {
  const { privatePath, publicKey } = await keyFolder(dir).pair('lab');
  expect(publicKey).toMatch(/^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI[A-Za-z0-9+/]{43} labwarden-lab$/);
  expect(statSync(privatePath).mode & 0o777).toBe(0o600);
  expect(await keyFolder(dir).pair('lab')).toEqual({ privatePath, publicKey });
  expect(publicKeyOf(readFileSync(privatePath, 'utf8'))).toBe(publicKey);
});

test('of many who ask at once, all get the same key, and nothing is left lying about', async () => {
  const pairs = await Promise.all(Array.from({ length: 20 }, () => keyFolder(dir).pair('lab')));
  expect(new Set(pairs.map(({ publicKey }) => publicKey)).size).toBe(1);
  expect(readdirSync(join(dir, 'login'))).toEqual(['lab']);
});

test('two names are two keys, and a machine of the same name is a third', async () => {
  const keys = keyFolder(dir);
  const all = [await keys.pair('a'), await keys.pair('b'), await keys.hostPair('a')];
  expect(new Set(all.map(({ publicKey }) => publicKey.split(' ')[1])).size).toBe(3);
});

test('what a kill left beside a key is forgotten with it, and nobody else’s', async () => {
  const keys = keyFolder(dir);
  await keys.hostPair('vm-1');
  await keys.hostPair('vm-10');
  writeFileSync(join(dir, 'host', 'vm-1.0b5c'), 'half a key');
  await keys.forget('vm-1');
  expect(readdirSync(join(dir, 'host'))).toEqual(['vm-10']);
});

test('a forgotten machine gets a new key, and forgetting what is not there is fine', async () => {
  const keys = keyFolder(dir);
  const first = await keys.hostPair('vm-1');
  await keys.knownHosts('vm-1', { host: '127.0.0.1', port: 2222 });
  await keys.forget('vm-1');
  await keys.forget('vm-1');
  expect(readdirSync(join(dir, 'known_hosts'))).toEqual([]);
  expect(await keys.hostPair('vm-1')).not.toEqual(first);
});

test.each(['', '.', '..', '../x', 'a/b', '.x', '-x', 'A', 'a\n', 'a\0', 'ü', 'x'.repeat(101)])(
  'no key is called %j',
  async (name) => {
    const keys = keyFolder(dir);
    await expect(keys.pair(name)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(keys.hostPair(name)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(keys.forget(name)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect(readdirSync(dir)).toEqual([]);
  },
);

test('a key that others may read, a link and a broken one are refused, not replaced', async () => {
  const keys = keyFolder(dir);
  const { privatePath } = await keys.pair('open');
  chmodSync(privatePath, 0o644);
  await expect(keys.pair('open')).rejects.toThrow('others may read it');
  symlinkSync(privatePath, join(dir, 'login/linked'));
  await expect(keys.pair('linked')).rejects.toThrow('symbolic link');
  writeFileSync(join(dir, 'login/broken'), 'garbage', { mode: 0o600 });
  await expect(keys.pair('broken')).rejects.toThrow('no private key');
  expect(readFileSync(join(dir, 'login/broken'), 'utf8')).toBe('garbage');
});

test('every key is whole, whatever its bytes: leading zeros are kept', async () => {
  const pairs = await Promise.all(Array.from({ length: 600 }, () => newKey('x')));
  for (const { privateKey, publicKey } of pairs) {
    expect(Buffer.from(publicKey.split(' ')[1] ?? '', 'base64')).toHaveLength(51);
    expect(publicKeyOf(privateKey)).toBe(publicKey);
  }
});

test('what one half signs, the other verifies', async () => {
  const { privateKey, publicKey } = await newKey('x');
  const [secret, open] = [ssh2.utils.parseKey(privateKey), ssh2.utils.parseKey(publicKey)];
  if (secret instanceof Error || open instanceof Error) throw new Error('unreadable');
  const signature = secret.sign(Buffer.from('lab'));
  expect(open.verify(Buffer.from('lab'), signature as Buffer)).toBe(true);
});

test('known_hosts holds one machine, in the form OpenSSH looks it up by', async () => {
  const keys = keyFolder(dir);
  const { publicKey } = await keys.hostPair('vm-1');
  const bare = publicKey.split(' ').slice(0, 2).join(' ');
  const path = await keys.knownHosts('vm-1', { host: '127.0.0.1', port: 2222 });
  expect(readFileSync(path, 'utf8')).toBe(`[127.0.0.1]:2222 ${bare}\n`);
  expect(await keys.knownHosts('vm-1', { host: '10.0.0.7', port: 22 }, [publicKey, `SHA256:${'A'.repeat(43)}`])).toBe(
    path,
  );
  expect(readFileSync(path, 'utf8')).toBe(`10.0.0.7 ${bare}\n`);
});

test('a machine pinned by its fingerprint only, or a host that is none, gives no known_hosts', async () => {
  const keys = keyFolder(dir);
  const printed = keys.knownHosts('vm-1', { host: 'a', port: 22 }, [`SHA256:${'A'.repeat(43)}`]);
  await expect(printed).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  for (const host of ['a b', 'a\n* ssh-ed25519 AAAA', '*', '!a', '@cert-authority', 'a,b', '|1|x', '#', '-a', ''])
    await expect(keys.knownHosts('vm-1', { host, port: 22 })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
});

describe.skipIf(spawnSync('ssh-keygen', ['-?']).error)('OpenSSH itself', () => {
  test('reads our keys and finds our known_hosts', async () => {
    const keys = keyFolder(dir);
    const { privatePath, publicKey } = await keys.pair('lab');
    expect(execFileSync('ssh-keygen', ['-y', '-f', privatePath], { encoding: 'utf8' }).trim()).toBe(publicKey);
    mkdirSync(join(dir, 'x'));
    const path = await keys.knownHosts('vm-1', { host: '127.0.0.1', port: 2222 });
    expect(execFileSync('ssh-keygen', ['-F', '[127.0.0.1]:2222', '-f', path], { encoding: 'utf8' })).toContain('found');
  });
});
