import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test as inTurn } from 'vitest';
import { openGuests } from '../../../src/ports/guest/index.ts';
import { newKey } from '../../../src/ports/guest/openssh.ts';
import { machine, never } from '../../support/guest.ts';

const test = inTurn.concurrent;

test('a key is let in once, however often it is asked, and is the only line of its kind', async () => {
  await using at = await machine();
  await using guests = openGuests();
  const { publicKey } = await newKey('labwarden-user-ada@example.org');
  for (let times = 0; times < 3; times++) await guests.admit(at.target, publicKey, never);
  const file = join(at.home, '.ssh/authorized_keys');
  expect(readFileSync(file, 'utf8')).toBe(`${publicKey}\n`);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(at.home, '.ssh')).mode & 0o777).toBe(0o700);
});

test('what was there stays, also when its last line has no end', async () => {
  await using at = await machine();
  await using guests = openGuests();
  mkdirSync(join(at.home, '.ssh'));
  writeFileSync(join(at.home, '.ssh/authorized_keys'), `# mine\n${at.user.publicKey}`);
  const { publicKey } = await newKey('second');
  await guests.admit(at.target, publicKey, never);
  const lines = readFileSync(join(at.home, '.ssh/authorized_keys'), 'utf8').split('\n');
  expect(lines).toEqual(['# mine', at.user.publicKey, publicKey, '']);
});

test('a machine that cannot keep the key says so', async () => {
  await using at = await machine();
  await using guests = openGuests();
  writeFileSync(join(at.home, '.ssh'), 'a file');
  const { publicKey } = await newKey('x');
  await expect(guests.admit(at.target, publicKey, never)).rejects.toMatchObject({ code: 'PROVIDER_FAILED' });
});

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJgDv2uPAkRJNcnV8uTcm5rBnIzAVZkGzOMr4JOUZeUQ';

test.each([
  `${key} x"; reboot; "`,
  `${key} $(reboot)`,
  `${key} \`reboot\``,
  `${key} x'y`,
  `${key} x\\`,
  `${key} x\nssh-ed25519 AAAA`,
  `${key}\n`,
  `${key}\0`,
  `command="reboot" ${key}`,
  `${key} two words`,
  key.replace('ssh-ed25519', 'ssh-rsa'),
  key.slice(0, -1),
  `-e ${key}`,
  '',
])('a line that is not one plain key never reaches the machine: %j', async (line) => {
  await using at = await machine();
  await using guests = openGuests();
  await expect(guests.admit(at.target, line, never)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  expect(at.server.connections).toBe(0);
});
