import { createHmac, randomBytes } from 'node:crypto';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type KeyPair, newKey } from '../../../src/ports/guest/openssh.ts';
import { LabError } from '../../../src/sdk/index.ts';
import { ownFolder } from '../../support/folder.ts';
import { SshServer } from '../../support/ssh-server.ts';
import { drained, type Opened, opened, textOf } from './opened.ts';

const commands = {
  cat: ['cat'],
  words: ['printf', '%s\\n', '$(id)', "it's", '; rm -rf /', '-n', '*'],
  fails: ['sh', '-c', 'echo said; echo "no such socket" >&2; exit 3'],
  missing: ['virt-ssh-helper-that-is-not-there', 'qemu:///system'],
  hangs: ['sleep', '600'],
  loud: ['head', '-c', '1000000', '/dev/zero'],
};
const asked = { dial: [{ to: 'ssh:*', effect: 'change' as const, commands }] };

let folder: Awaited<ReturnType<typeof ownFolder>>;
let server: SshServer;
let [user, host]: readonly KeyPair[] = [];
let door: Opened;
let file: string;

beforeEach(async () => {
  folder = await ownFolder();
  [user, host] = [await newKey('user'), await newKey('host')];
  server = await SshServer.start({ hostKeys: [host.privateKey], authorized: [user.publicKey], home: folder.path });
  file = join(folder.path, 'known_hosts');
  await writeFile(join(folder.path, 'id'), user.privateKey, { mode: 0o600 });
  await pinned(`[127.0.0.1]:${server.port} ${host.publicKey}`);
  door = await opened(asked, { sshHosts: { far: far() } });
});
afterEach(async () => {
  await door[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const far = () => ({
  host: '127.0.0.1',
  port: server.port,
  user: 'vm',
  keyPath: join(folder.path, 'id'),
  knownHosts: file,
});
const pinned = async (...lines: readonly string[]) => {
  await writeFile(file, `# a comment\n\n${lines.join('\n')}\n`, { mode: 0o600 });
};
const open = (command: keyof typeof commands, on = door) => on.ports.dial.open({ ssh: 'far', command });

test('a command on the other machine is a pipe, both ways, to its end', async () => {
  const pipe = await open('cat');
  await pipe.write(Buffer.from('hello'));
  expect(Buffer.from((await pipe.read()) ?? []).toString()).toBe('hello');
  await pipe.close();
  expect(await pipe.read()).toBeUndefined();
  while (server.open > 0) await new Promise(setImmediate);
  expect(door.events.map(({ phase, what }) => [phase, what])).toEqual([
    ['open', 'ssh:far'],
    ['close', 'ssh:far'],
  ]);
  expect(door.events.at(-1)).toMatchObject({ bytesIn: 5, bytesOut: 5 });
});

test('its words are its words, whatever a shell would read into them', async () => {
  expect(await textOf(await open('words'))).toBe("$(id)\nit's\n; rm -rf /\n-n\n*\n");
});

test('a megabyte comes through whole, in pieces', async () => {
  const pieces = await drained(await open('loud'));
  expect(pieces.reduce((sum, { byteLength }) => sum + byteLength, 0)).toBe(1_000_000);
  expect(Math.max(...pieces.map(({ byteLength }) => byteLength))).toBeLessThanOrEqual(65_536);
});

describe('a command that ends otherwise than well says so, after what it said', () => {
  test('with its code and its stderr', async () => {
    const pipe = await open('fails');
    expect(Buffer.from((await pipe.read()) ?? []).toString()).toBe('said\n');
    await expect(pipe.read()).rejects.toMatchObject({
      ...{ code: 'PROVIDER_FAILED', message: '"sh" on "far" ended with 3: no such socket' },
    });
  });

  test('also when it is not there', async () => {
    await expect(textOf(await open('missing'))).rejects.toThrow(
      '"virt-ssh-helper-that-is-not-there" on "far" is not installed there: ',
    );
  });

  test('also when the connection is lost', async () => {
    const pipe = await open('hangs');
    const read = pipe.read().catch((reason) => reason);
    server.cut();
    expect(await read).toMatchObject({ message: '"sleep" on "far" was cut off: the connection was lost.' });
    await expect(pipe.write(Buffer.from('x'))).rejects.toBeInstanceOf(LabError);
  });
});

test('the end of the call ends a read that waits, and hangs up', async () => {
  const pipe = await open('hangs');
  const read = pipe.read().catch((reason) => reason);
  const reason = new LabError('CANCELLED', 'Enough.');
  door.stop(reason);
  expect(await read).toBe(reason);
  while (server.open > 0) await new Promise(setImmediate);
});

describe('the machine is proved by its key', () => {
  test('and another key is refused with both fingerprints, before a login', async () => {
    await pinned(`[127.0.0.1]:${server.port} ${(await newKey('other')).publicKey}`);
    const refused = await open('cat').catch((reason) => reason);
    expect(refused).toMatchObject({ code: 'PROVIDER_FAILED' });
    const { shown, pinned: known } = refused.details;
    expect(refused.message).toBe(
      `"far" (127.0.0.1:${server.port}) shows the host key ${shown}, and known_hosts has ${known}. It may be another machine: nothing was sent.`,
    );
    expect([shown, known]).toEqual([expect.stringMatching(/^SHA256:.{43}$/), expect.stringMatching(/^SHA256:.{43}$/)]);
    expect([shown === known, server.logins, server.refusals]).toEqual([false, 0, 0]);
  });

  test('which may stand there hashed, among others, or for several names', async () => {
    const name = `[127.0.0.1]:${server.port}`;
    const salt = randomBytes(20);
    const hash = createHmac('sha1', salt).update(name).digest('base64');
    const other = (await newKey('other')).publicKey;
    for (const line of [`|1|${salt.toString('base64')}|${hash}`, `elsewhere,${name}`]) {
      await pinned(`elsewhere ${other}`, `${line} ${host?.publicKey}`);
      await (await open('cat')).close();
    }
  });

  test.each<[string, (name: string, key: string) => string]>([
    ['of another name', (_, key) => `127.0.0.1 ${key}`],
    ['of a pattern', (_, key) => `* ${key}`],
    ['of an authority', (name, key) => `@cert-authority ${name} ${key}`],
    ['that was revoked', (name, key) => `${name} ${key}\n@revoked ${name} ${key}`],
    ['in a comment', (name, key) => `#${name} ${key}`],
  ])('a key %s is none of its', async (_, line) => {
    await pinned(line(`[127.0.0.1]:${server.port}`, host?.publicKey ?? ''));
    await expect(open('cat')).rejects.toThrow(`${file} has no key of [127.0.0.1]:${server.port}. Take it from`);
    expect(server.connections).toBe(0);
  });

  test('a file that others may write, and one that is not there, prove nothing', async () => {
    await chmod(file, 0o666);
    await expect(open('cat')).rejects.toThrow(`Others may write ${file}, so no key in it can be believed.`);
    const gone = await opened(asked, { sshHosts: { far: { ...far(), knownHosts: `${file}.none` } } });
    await expect(open('cat', gone)).rejects.toThrow('the known_hosts file, cannot be read: ENOENT');
    await gone[Symbol.asyncDispose]();
  });
});

test('a key that is not let in, is not there, or is none, is said so', async () => {
  server.options = { ...server.options, authorized: [] };
  await expect(open('cat')).rejects.toThrow(`does not let "vm" in with that key: it refuses the login.`);
  await using keyless = await opened(asked, { sshHosts: { far: { ...far(), keyPath: join(folder.path, 'none') } } });
  await expect(open('cat', keyless)).rejects.toThrow(`The key for "far" cannot be read: ${join(folder.path, 'none')}.`);
});

test('a machine that does not answer, or runs no command, is said so', async () => {
  await using nobody = await opened(asked, { sshHosts: { far: { ...far(), port: 1 } } });
  await pinned(`[127.0.0.1]:1 ${host?.publicKey}`);
  await expect(open('cat', nobody)).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
  await pinned(`[127.0.0.1]:${server.port} ${host?.publicKey}`);
  server.options = {
    ...server.options,
    strange: ({ reject }) => {
      reject?.();
      return true;
    },
  };
  await expect(open('cat')).rejects.toThrow('"far" runs no command for us: ');
  while (server.open > 0) await new Promise(setImmediate);
});

describe('nothing is reached that was not granted', () => {
  test('no machine but those of the config, no command but those of the grant', async () => {
    await expect(door.ports.dial.open({ ssh: 'near', command: 'cat' })).rejects.toThrow(
      'There is no machine "near" under ssh_hosts in the config; add it.',
    );
    for (const command of ['id', 'constructor', 'cat; id'])
      await expect(door.ports.dial.open({ ssh: 'far', command })).rejects.toMatchObject({
        ...{ code: 'FORBIDDEN', message: `The plugin tried was not granted the command "${command}" over ssh:far.` },
      });
  });

  test('a command is granted by its words, not by its name, and on the machines of both', async () => {
    const grants = { dial: [{ to: 'ssh:far', effect: 'destroy' as const, commands: { ...commands, words: ['id'] } }] };
    await using less = await opened(asked, { grants, sshHosts: { far: far(), near: far() } });
    expect(less.effectOf('dial', 'open', [{ ssh: 'far', command: 'cat' }])).toBe('destroy');
    expect(() => less.effectOf('dial', 'open', [{ ssh: 'far', command: 'words' }])).toThrow('was not granted');
    expect(() => less.effectOf('dial', 'open', [{ ssh: 'near', command: 'cat' }])).toThrow('was not granted');
  });
});
