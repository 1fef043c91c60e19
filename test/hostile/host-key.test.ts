import ssh2 from 'ssh2';
import { expect, test as inTurn } from 'vitest';
import { fingerprintOf } from '../../src/ports/guest/host-key.ts';
import { openGuests } from '../../src/ports/guest/index.ts';
import { newKey } from '../../src/ports/guest/openssh.ts';
import { machine, never, until } from '../support/guest.ts';
import { SshServer } from '../support/ssh-server.ts';

const limits = { timeoutMs: 5_000, maxOutputBytes: 1_000 };
const otherKey = /^The machine at 127\.0\.0\.1:\d+ shows another host key than the one labwarden gave it/;
const blob = (line: string) => Buffer.from(line.split(' ')[1] ?? '', 'base64');

const test = inTurn.concurrent;

/** Lets everybody in who asks, with any password, to hear what they would do. */
const welcoming = { password: 'hunter2' };

test('a man in the middle gets no login, no password and no command, and is asked once', async () => {
  await using at = await machine();
  await using attacker = await machine({ ...welcoming, authorized: [at.user.publicKey] });
  await using guests = openGuests();
  const target = { ...at.target, endpoint: attacker.target.endpoint };
  await expect(guests.exec(target, 'cat /etc/secret', limits, never)).rejects.toMatchObject({
    code: 'PROVIDER_FAILED',
    message: expect.stringMatching(otherKey),
    details: { node: 'db1', stage: 'handshake' },
  });
  let asked = 0;
  const { keyPath: _, ...keyless } = target;
  const password = async () => `hunter${++asked}`;
  await expect(guests.exec({ ...keyless, password }, 'id', limits, never)).rejects.toThrow(otherKey);
  expect(await guests.reachable(target, never)).toBe(false);
  expect(attacker.server).toMatchObject({ connections: 3, logins: 0, commands: [] });
});

test('ready waits for the right key to the end, and says at which stage it was', async () => {
  await using at = await machine();
  await using attacker = await machine({ authorized: [at.user.publicKey] });
  await using guests = openGuests();
  const target = { ...at.target, endpoint: attacker.target.endpoint };
  const watch = { state: async () => 'running' as const, consoleTail: async () => '' };
  await expect(guests.ready(target, 300, never, watch)).rejects.toMatchObject({
    code: 'TIMEOUT',
    details: { stage: 'handshake', reason: 'it shows another host key than the one labwarden gave it' },
  });
  expect(attacker.server.logins).toBe(0);
});

test('a connection that was good does not vouch for the next one', async () => {
  await using at = await machine();
  await using attacker = await machine({ authorized: [at.user.publicKey] });
  await using guests = openGuests();
  let port = at.server.port;
  const target = { ...at.target, endpoint: async () => ({ host: '127.0.0.1', port }) };
  await guests.exec(target, 'true', limits, never);
  port = attacker.server.port;
  at.server.cut();
  await until(() => at.server.open === 0);
  await expect(guests.exec(target, 'true', limits, never)).rejects.toThrow(otherKey);
  expect(attacker.server).toMatchObject({ logins: 0, commands: [] });
});

test('nor does it serve a target whose pinned key was changed', async () => {
  await using at = await machine();
  await using guests = openGuests();
  await guests.exec(at.target, 'true', limits, never);
  const { publicKey } = await newKey('replaced');
  const replaced = guests.exec({ ...at.target, hostKeys: [publicKey] }, 'true', limits, never);
  await expect(replaced).rejects.toThrow(otherKey);
  expect(at.server.commands).toEqual(['true']);
});

test('a key of another kind is another key', async () => {
  await using at = await machine();
  const ecdsa = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
  await using attacker = await SshServer.start({ hostKeys: [ecdsa.private], authorized: [at.user.publicKey] });
  await using guests = openGuests();
  const target = { ...at.target, endpoint: async () => ({ host: '127.0.0.1', port: attacker.port }) };
  await expect(guests.exec(target, 'true', limits, never)).rejects.toThrow(otherKey);
  expect(attacker.logins).toBe(0);
});

test('a copied public half proves nothing', async () => {
  await using at = await machine();
  const { privateKey } = await newKey('attacker');
  await using attacker = await SshServer.start({
    hostKeys: [forged(privateKey, at.host.publicKey)],
    authorized: [at.user.publicKey],
  });
  await using guests = openGuests();
  const target = { ...at.target, endpoint: async () => ({ host: '127.0.0.1', port: attacker.port }) };
  const ran = guests.exec(target, 'true', limits, never);
  await expect(ran).rejects.toMatchObject({ details: { stage: 'handshake' } });
  await expect(ran).rejects.not.toThrow(otherKey);
  expect(attacker).toMatchObject({ logins: 0, commands: [] });
});

test.each([
  [[]],
  [['']],
  [['*']],
  [['ssh-ed25519']],
  [['SHA256:']],
  [['MD5:aa:bb']],
  [['@cert-authority * ssh-ed25519 AAAA']],
])('nothing is trusted on first use: %j', async (hostKeys) => {
  await using at = await machine();
  await using guests = openGuests();
  const ran = guests.exec({ ...at.target, hostKeys }, 'true', limits, never);
  await expect(ran).rejects.toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining('"db1"') });
  expect(at.server.connections).toBe(0);
});

test('a fingerprint pins as well as a key, and one of several is enough', async () => {
  await using at = await machine();
  await using guests = openGuests();
  const print = fingerprintOf(blob(at.host.publicKey));
  const other = fingerprintOf(blob(at.user.publicKey));
  const exec = (hostKeys: string[]) => guests.exec({ ...at.target, hostKeys }, 'echo in', limits, never);
  expect(await exec([print])).toMatchObject({ stdout: 'in\n' });
  expect(await exec([other, at.host.publicKey])).toMatchObject({ stdout: 'in\n' });
  await expect(exec([other])).rejects.toThrow(otherKey);
});

test('a machine with several host keys shows the one that is pinned', async () => {
  await using at = await machine();
  const ecdsa = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
  await using server = await SshServer.start({
    hostKeys: [at.host.privateKey, ecdsa.private],
    authorized: [at.user.publicKey],
  });
  await using guests = openGuests();
  const target = {
    ...at.target,
    endpoint: async () => ({ host: '127.0.0.1', port: server.port }),
    hostKeys: [ecdsa.public],
  };
  expect(await guests.exec(target, 'true', limits, never)).toMatchObject({ exitCode: 0 });
});

/** The attacker's secret half behind the machine's public half: what it shows is right, what it signs is not. */
function forged(privateKey: string, publicLine: string): string {
  const bytes = Buffer.from(privateKey.split('\n').slice(1, -2).join(''), 'base64');
  const shown = blob(publicLine).subarray(-32);
  const own = Buffer.from(bytes.subarray(bytes.indexOf('ssh-ed25519') + 15).subarray(0, 32));
  for (let at = bytes.indexOf(own); at >= 0; at = bytes.indexOf(own, at + 32)) shown.copy(bytes, at);
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${bytes.toString('base64')}\n-----END OPENSSH PRIVATE KEY-----\n`;
}
