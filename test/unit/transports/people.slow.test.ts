import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { labwarden, type Served, served } from '../../support/mcp/served.ts';

const account = userInfo().username;
const root = process.getuid?.() === 0;

let lab: Served;
let door: (name: string) => string;
beforeAll(async () => {
  const policies = [
    {
      version: 1,
      roles: {
        own: {
          allow: [
            { actions: ['*'], on: 'cluster', where: { owner: '$me' } },
            { actions: ['*'], on: 'vm', where: { owner: '$me' } },
          ],
        },
        see: { allow: [{ actions: ['inspect'], on: ['cluster', 'vm'] }] },
      },
      bindings: [
        { role: 'own', users: ['ana', 'bob'] },
        { role: 'see', groups: ['auditors'] },
      ],
    },
  ];
  const people = { ana: { account }, bob: { account }, eve: { account, groups: ['auditors'] } };
  lab = await served({ policies, more: { people, people_dir: 'people' } });
  door = (name) => join(lab.dir, 'people', `${name}.sock`);
  expect((await lab.run('tools')).code).toBe(0); // starts the server
});
afterAll(async () => await lab[Symbol.asyncDispose]());

const as = async (name: string, ...args: readonly string[]) =>
  await labwarden({ env: { ...lab.env, LABWARDEN_SOCKET: door(name) }, cwd: '/' }, ...args);

test('whoever comes through a socket is the person it was made for, with their groups', async () => {
  expect(await as('ana', 'call', 'cluster_define', 'topology_name=red')).toMatchObject({ code: 0, stderr: '' });
  const owners = async (name: string) =>
    JSON.parse((await as(name, 'call', 'cluster_list')).stdout)
      .clusters.map(Object.values)
      .map(([, owner]: [string, string]) => owner);
  expect(await owners('ana')).toEqual(['ana']);
  expect(await owners('bob')).toEqual([]);
  expect(await owners('eve')).toEqual(['ana']);
  const started = await as('eve', 'call', 'cluster_start', 'cluster_name=red');
  expect(started).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no tool "cluster_start"') });
});

test('a socket is open to one account, in a folder that nobody can list or write in', () => {
  expect(statSync(join(lab.dir, 'people')).mode & 0o777).toBe(0o711);
  for (const name of ['ana', 'bob', 'eve']) expect(statSync(door(name)).mode & 0o777).toBe(0o600);
});

test('the server itself is for the account that runs it', async () => {
  const accept = ['policy', 'accept', '0'.repeat(64)];
  for (const command of [['status'], ['stop'], ['policy', 'reload'], accept])
    expect(await as('bob', ...command)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('FORBIDDEN: Only the account'),
    });
  expect(lab.servers()).toHaveLength(1);
});

test('where nobody answers, or the folder is open to others, a client is told', async () => {
  expect(await as('nobody', 'call', 'cluster_list')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/PROVIDER_UNAVAILABLE: No lab server answers on .*nobody\.sock/),
  });
  const open = join(lab.dir, 'open');
  mkdirSync(open);
  chmodSync(open, 0o777);
  const env = { ...lab.env, LABWARDEN_SOCKET: join(open, 'ana.sock') };
  expect(await labwarden({ env, cwd: '/' }, 'call', 'cluster_list')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('may be written by others than its owner'),
  });
});

test('an account that is not there, or that we may not give to, is refused by name', async () => {
  await using other = await served({ more: { people: { zoe: { account: 'no-such-account' } }, people_dir: 'people' } });
  expect((await other.run('tools')).stderr).toMatch(
    /CONFIG_INVALID: people\.zoe: this machine has no account "no-such-account"/,
  );
});

test.runIf(root)('another account cannot open it, and its own can', async () => {
  // Not in a folder of one's own, which that account could not pass through.
  const dir = join('/tmp', `lw-people-${process.pid}`);
  await using after = new AsyncDisposableStack();
  after.defer(() => rm(dir, { recursive: true }));
  const people = { guest: { account: 'nobody' }, ana: { account } };
  await using other = await served({ more: { people, people_dir: dir } });
  expect((await other.run('tools')).code).toBe(0);
  const socket = (name: string) => join(dir, `${name}.sock`);
  expect(statSync(socket('guest')).uid).not.toBe(0);
  // A system's own perl: that account may not be let into the folder of our Node.
  const script = 'print IO::Socket::UNIX->new(Peer => $ARGV[0]) ? "in" : $!{EACCES} ? "kept out" : $!';
  const knock = (name: string) => {
    const argv = [
      '--reuid=nobody',
      '--clear-groups',
      '--',
      'perl',
      '-MErrno',
      '-MIO::Socket::UNIX',
      '-e',
      script,
      socket(name),
    ];
    return spawnSync('setpriv', argv, { encoding: 'utf8', cwd: '/' }).stdout;
  };
  expect(knock('guest')).toBe('in');
  expect(knock('ana')).toBe('kept out');
});
