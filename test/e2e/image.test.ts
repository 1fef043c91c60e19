import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import ssh2 from 'ssh2';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { noCloudSeed, type SeedInput } from '../../src/sdk/nocloud/index.ts';
import { isoImage } from '../../src/sdk/nocloud/iso.ts';
import { demoSeed } from '../support/seed.ts';
import { type Boot, boot, description, type Guest, overlay } from './image/guest.ts';
import type { Login } from './image/ssh.ts';

const recipe = new URL('../../images/tiny/build.sh', import.meta.url).pathname;
const key = ssh2.utils.generateKeyPairSync('ed25519');
const seed: SeedInput = { ...demoSeed, authorizedKeys: [key.public.trim()] };
const as = (username: string, hostKey?: string): Login => ({ username, privateKey: key.private, hostKey });

let image: string;
let folder: string;
let guest: Guest | undefined;

beforeAll(async () => {
  image = await mkdtemp(`${tmpdir()}/lw-image-`);
  execFileSync(recipe, [image], { stdio: ['ignore', 'ignore', 'inherit'] });
});
afterAll(() => rm(image, { recursive: true }));

beforeEach(async () => {
  folder = await mkdtemp(`${tmpdir()}/lw-`);
  overlay(image, folder);
});
afterEach(async () => {
  await guest?.[Symbol.asyncDispose]();
  guest = undefined;
  await rm(folder, { recursive: true });
});

const started = async (volume?: Uint8Array, how: Boot = 'kernel') => {
  guest = await boot(image, folder, how, volume);
  return guest;
};

test('a second build gives the same bytes, and building again gives nothing to do', async () => {
  await mkdir(`${folder}/again`);
  execFileSync(recipe, [`${folder}/again`], { stdio: 'ignore' });
  for (const file of ['tiny.qcow2', 'tiny-vmlinuz', 'tiny-initrd', 'tiny.json'])
    expect(await readFile(`${folder}/again/${file}`)).toEqual(await readFile(`${image}/${file}`));
  expect(execFileSync(recipe, [image], { encoding: 'utf8' })).toBe(`${image}/tiny.qcow2 is up to date.\n`);
});

test('the description names every file and package by its digest', async () => {
  const { files, packages } = description(image);
  expect(Object.keys(files)).toEqual(['tiny.qcow2', 'tiny-vmlinuz', 'tiny-initrd']);
  for (const [file, sha256] of Object.entries(files)) {
    const [found] = execFileSync('sha256sum', ['--', `${image}/${file}`], { encoding: 'utf8' }).split(' ');
    expect(found).toBe(sha256);
  }
  expect(packages).toContainEqual(
    expect.objectContaining({ name: 'dropbear-bin', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }),
  );
});

test('a missing tool is one line that says what to install', async () => {
  await symlink('/usr/bin/dirname', `${folder}/dirname`);
  const { status, stderr } = spawnSync('/bin/bash', [recipe, image], {
    encoding: 'utf8',
    env: { PATH: folder, HOME: folder },
  });
  expect(status).toBe(2);
  expect(stderr).toMatch(/^Missing here: install it with "apt-get install( [a-z-]+)+"\.\n$/);
});

test('a guest is what its seed says, and the power button ends it', async () => {
  const node = await started(noCloudSeed(seed));
  expect(await node.banner()).toMatch(/^SSH-2\.0-dropbear_/);
  const vm = as('vm', demoSeed.hostKey.public);
  expect((await node.run(vm, 'hostname; id -un; sudo id -un')).output).toBe('db1\nvm\nroot\n');
  expect((await node.run(vm, 'uname -r')).output).toMatch(/^6\.1\.\S+-cloud-amd64\n$/);
  const addresses = (await node.run(vm, 'ip -4 addr; ip route; cat /etc/resolv.conf /etc/hosts')).output;
  for (const words of ['10.0.2.15/24 scope global eth0', '10.77.0.11/24 scope global eth1'])
    expect(addresses).toContain(words);
  for (const words of ['default via 10.0.2.2 dev eth0', 'nameserver 10.0.2.3', '127.0.0.1 localhost', '127.0.1.1 db1'])
    expect(addresses).toContain(words);
  expect(await node.agent('guest-ping')).toEqual({});
  expect(await node.pressPower()).toBe(0);
  expect(node.console).toContain('reboot: Power down');
});

test('only a key of the seed opens the door', async () => {
  const node = await started(noCloudSeed(seed));
  const stranger: Login = { username: 'vm', privateKey: ssh2.utils.generateKeyPairSync('ed25519').private };
  await expect(node.run(stranger, 'id')).rejects.toThrow('All configured authentication methods failed');
  // The seed names vm and no key for root.
  await expect(node.run(as('root'), 'id')).rejects.toThrow('All configured authentication methods failed');
});

test('the disk boots by itself', async () => {
  const node = await started(noCloudSeed(seed), 'bios');
  expect((await node.run(as('vm'), 'hostname')).output).toBe('db1\n');
  expect(await node.pressPower()).toBe(0);
});

test('one instance keeps what it has; a new one takes all from its seed', async () => {
  const first = await started(noCloudSeed({ ...seed, user: 'root' }));
  await first.run(as('root'), 'echo mine >/etc/hostname; echo kept >/root/file');
  expect(await first.pressPower()).toBe(0);

  const same = await started(noCloudSeed({ ...seed, user: 'root', hostname: 'other' }));
  expect((await same.run(as('root', demoSeed.hostKey.public), 'hostname; cat /root/file')).output).toBe('mine\nkept\n');
  expect(await same.pressPower()).toBe(0);

  const moved = { ...seed, instanceId: 'vm-1f3a.3', hostname: 'db2' };
  const [nic] = seed.nics;
  const next = await started(noCloudSeed({ ...moved, nics: nic ? [{ ...nic, address: '10.0.2.15/25' }] : [] }));
  await expect(next.run(as('root'), 'id')).rejects.toThrow('All configured authentication methods failed');
  const { output } = await next.run(as('vm'), 'hostname; sudo cat /root/file; ip -4 addr show eth0');
  expect(output).toMatch(/^db2\nkept\n/);
  expect(output).toContain('10.0.2.15/25 scope global eth0');
});

test('without a seed it boots, asks DHCP, makes a host key and lets nobody in', async () => {
  const node = await started();
  await expect(node.run(as('root'), 'id')).rejects.toThrow('All configured authentication methods failed');
  expect(await node.pressPower()).toBe(0);
});

test('a hostile seed runs nothing', async () => {
  const trap = '$(touch /root/owned)`touch /root/owned`; touch /root/owned #';
  const files = {
    'meta-data': { 'instance-id': trap, 'local-hostname': trap },
    'user-data': {
      ssh_authorized_keys: [key.public.trim(), `ssh-rsa ${trap}`, `ssh-rsa a\nssh-rsa b`],
      users: [{ name: trap }, { name: '../root', sudo: 'ALL=(ALL) NOPASSWD:ALL' }, { name: '-r', sudo: trap }],
      ssh_keys: { ed25519_private: trap },
    },
    'network-config': {
      ethernets: {
        [trap]: { match: { macaddress: trap }, addresses: [trap, '*'] },
        eth0: { addresses: ['10.0.2.15/24', trap], gateway4: trap, mtu: trap, nameservers: { addresses: [trap] } },
      },
    },
  };
  const texts = Object.entries(files).map(([name, file]) => [name, stringify(file)]);
  const node = await started(isoImage('cidata', Object.fromEntries(texts)));
  const look = 'ls /root /home; hostname; ls /etc/sudoers.d; cat /etc/passwd /etc/resolv.conf; ip -4 -o addr show eth0';
  const { output } = await node.run(as('root'), look);
  expect(output).not.toContain('owned');
  expect(output).toMatch(
    /^\/home:\n\n\/root:\ntiny\nREADME\nroot:.*\nnobody:.*\n\d+: eth0 {4}inet 10\.0\.2\.15\/24 .*\n$/,
  );
});

test('it reads YAML as others do', async () => {
  const documents = [
    stringify({ users: [{ name: 'vm', keys: [`ssh-ed25519 ${'A'.repeat(90)} Ada (laptop)`] }], on: true, empty: '' }),
    JSON.stringify({ a: [1, { b: 'x\n"y"\\' }, []], c: { d: "it's" }, '52:54': '10.0.2.15/24' }, null, 2),
    "a:\n- b: 'it''s'\n  c: |\n    one\n      two\n\n    three\n- >-\n  four\n  five\n\n  six\n# end\nd: {e: [1, 2], f: g}\n",
    'network:\n    version: 2 # two\n    "quoted key": \'a: b\'\n    long: "one\n      two\\\n      three"\n    plain: a b\n      c # d\n',
  ];
  const node = await started(noCloudSeed(seed));
  for (const text of documents) {
    const { output } = await node.run(as('vm'), 'awk -f /usr/lib/labwarden/yaml.awk', text);
    expect(output).toBe(flat(parse(text)));
  }
  for (const text of ['a: &b 1\nc: *b\n', 'a: "open\n', '[1, 2\n', 'a: !!binary x\n'])
    expect((await node.run(as('vm'), 'awk -f /usr/lib/labwarden/yaml.awk', text)).code).toBe(1);
});

const flat = (value: unknown, path = ''): string =>
  typeof value === 'object' && value !== null
    ? Object.entries(value)
        .map(([name, item]) => flat(item, path ? `${path}/${name}` : name))
        .join('')
    : `${path}\t${String(value).replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n`;

test('two programs talk over TCP, and the tools of a test lab are there', async () => {
  const node = await started(noCloudSeed(seed));
  // What it says lies in a file: nc ends when the other side does, also before it was told anything.
  const ask = 'for try in 1 2 3 4 5 6 7 8 9; do nc -w 2 127.0.0.1 7000 <ping 2>/dev/null && break; sleep 0.3; done';
  const talk = `echo ping >ping; echo pong | nc -l -p 7000 >got & ${ask}; wait; cat got`;
  expect((await node.run(as('vm'), talk)).output).toBe('pong\nping\n');
  const tools = 'which rsync iperf3 && rsync --version && iperf3 --version && test -x /usr/lib/openssh/sftp-server';
  expect((await node.run(as('vm'), tools)).code).toBe(0);
  await node.run(as('vm'), 'sudo shutdown -P +0 "the lab closes"');
  await node.says('reboot: Power down');
});
