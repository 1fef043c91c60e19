import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { memoryProvider } from 'labwarden/sdk/testing';
import { expect, test } from 'vitest';
import { guestOf } from '../../../src/kernel/guest.ts';
import { keyFolder, openGuests } from '../../../src/ports/guest/index.ts';
import { newKey } from '../../../src/ports/guest/openssh.ts';
import { openSecrets } from '../../../src/ports/index.ts';
import type { Guest, Provider, Vm } from '../../../src/sdk/index.ts';
import { ownFolder } from '../../support/folder.ts';
import { quietCall } from '../../support/quiet-call.ts';
import { SshServer } from '../../support/ssh-server.ts';
import { vmIn } from '../../support/vms.ts';

/** A machine whose user `vm` has this password, and a provider that knows where it answers. */
async function machine(password: string, hostKey?: string) {
  await using opened = new AsyncDisposableStack();
  const { path } = opened.use(await ownFolder());
  const file = join(path, 'password');
  await writeFile(file, `${password}\n`, { mode: 0o600 });
  const plain = vmIn(path, 'v1');
  const { keyPath: _, ...login } = plain.spec.login;
  const vm: Vm = { ...plain, spec: { ...plain.spec, login: { ...login, user: 'vm', passwordSecret: 'guest-login' } } };
  const keys = keyFolder(join(path, 'keys'));
  const { privateKey } = await keys.hostPair(vm.id);
  const server = opened.use(
    await SshServer.start({ hostKeys: [hostKey ?? privateKey], authorized: [], password, home: path }),
  );
  const bare = memoryProvider();
  const provider: Provider = {
    ...bare,
    vm: { ...bare.vm, endpoint: { ssh: async () => ({ host: '127.0.0.1', port: server.port }) } },
  };
  const guests = opened.use(openGuests());
  const secrets = openSecrets({ 'guest-login': { file } }, {});
  const { guest: __, ...without } = provider.vm;
  const guest = guestOf({ ...provider, vm: without }, { guests, keys, secrets, maxOutputBytes: 1024 }) as Guest;
  const resources = opened.move();
  return { vm, guest, guests, server, file, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

const limits = { timeoutMs: 5_000, maxOutputBytes: 1024 };

test('a guest of an image with a password of its own is entered with the secret', async () => {
  await using made = await machine('open sesame');
  const at = { vm: made.vm, call: quietCall };
  expect(await made.guest.reachable(at)).toBe(true);
  expect(await made.guest.exec(at, 'echo in', limits)).toMatchObject({ exitCode: 0, stdout: 'in\n' });
});

test('a password that was changed counts from the next connection on', async () => {
  await using made = await machine('old');
  const at = { vm: made.vm, call: quietCall };
  expect(await made.guest.reachable(at)).toBe(true);
  made.server.options = { ...made.server.options, password: 'new' };
  // The connection that is open stays open.
  expect(await made.guest.exec(at, 'true', limits)).toMatchObject({ exitCode: 0 });
  made.guests.forget(made.vm.id);
  expect(await made.guest.reachable(at)).toBe(false);
  await writeFile(made.file, 'new', { mode: 0o600 });
  expect(await made.guest.reachable(at)).toBe(true);
});

test('another machine in its place gets no password', async () => {
  await using made = await machine('open sesame', (await newKey('stranger')).privateKey);
  const at = { vm: made.vm, call: quietCall };
  expect(await made.guest.reachable(at)).toBe(false);
  expect([made.server.connections, made.server.logins, made.server.refusals]).toEqual([1, 0, 0]);
});

test('a secret that cannot be read is the reason, and its name all that is told', async () => {
  await using made = await machine('open sesame');
  const at = { vm: made.vm, call: quietCall };
  await writeFile(made.file, '');
  await expect(made.guest.exec(at, 'true', limits)).rejects.toThrow(
    'The secret "guest-login" cannot be read: it is empty.',
  );
});
