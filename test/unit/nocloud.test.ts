import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { noCloudSeed } from '../../src/sdk/nocloud/index.ts';
import { readIso } from '../support/iso.ts';
import { demoSeed } from '../support/seed.ts';

const files = (seed = demoSeed) => readIso(noCloudSeed(seed), 'joliet').files;
const userData = (seed = demoSeed) => parse(files(seed)['user-data'] ?? '');

test('the volume is called cidata and holds three files, in both trees', () => {
  const volume = readIso(noCloudSeed(demoSeed), 'joliet');
  expect(volume.label).toBe('cidata');
  expect(Object.keys(volume.files)).toEqual(['meta-data', 'network-config', 'user-data']);
  expect(readIso(noCloudSeed(demoSeed), 'plain')).toEqual(volume);
});

test('the same input gives the same bytes', () => {
  expect(noCloudSeed(structuredClone(demoSeed))).toEqual(noCloudSeed(demoSeed));
});

test('cloud-init reads a login without passwords and the host key we made', () => {
  expect(files()['user-data']?.split('\n')[0]).toBe('#cloud-config');
  expect(userData()).toEqual({
    disable_root: false,
    ssh_pwauth: false,
    ssh_deletekeys: true,
    manage_etc_hosts: true,
    users: [{ name: 'vm', sudo: 'ALL=(ALL) NOPASSWD:ALL', ssh_authorized_keys: demoSeed.authorizedKeys }],
    ssh_keys: { ed25519_private: demoSeed.hostKey.private, ed25519_public: demoSeed.hostKey.public },
  });
});

test('a user of the image with a password of its own is left alone, and may use it', () => {
  const { users, ssh_pwauth, ssh_keys } = userData({ ...demoSeed, authorizedKeys: [], ownPassword: true });
  expect([users, ssh_pwauth]).toEqual([[], true]);
  expect(ssh_keys.ed25519_public).toBe(demoSeed.hostKey.public);
  expect(() => noCloudSeed({ ...demoSeed, authorizedKeys: [] })).toThrow('must hold a key, or nobody could log in');
});

test('root needs no sudo', () => {
  const [root] = userData({ ...demoSeed, user: 'root' }).users;
  expect(root).toEqual({ name: 'root', ssh_authorized_keys: demoSeed.authorizedKeys });
});

test('the names are strings, whatever they look like', () => {
  const seed = { ...demoSeed, instanceId: '12345', hostname: '0x10' };
  expect(parse(files(seed)['meta-data'] ?? '')).toEqual({ 'instance-id': '12345', 'local-hostname': '0x10' });
});

test('each card is found by its MAC address, in the order given', () => {
  expect(parse(files()['network-config'] ?? '')).toEqual({
    version: 2,
    ethernets: {
      eth0: {
        match: { macaddress: '52:54:00:aa:00:01' },
        addresses: ['10.0.2.15/24'],
        routes: [{ to: 'default', via: '10.0.2.2' }],
        nameservers: { addresses: ['10.0.2.3'] },
      },
      eth1: { match: { macaddress: '52:54:00:aa:01:01' }, addresses: ['10.77.0.11/24'] },
    },
  });
});

test('a reader that goes by lines finds what it looks for', () => {
  const text = files();
  expect(text['user-data']).toContain('\nusers:\n  - name: vm\n');
  expect(text['user-data']).toContain(`\n    ssh_authorized_keys:\n      - "${demoSeed.authorizedKeys[0]}"\n`);
  expect(text['user-data']).toContain('\nssh_keys:\n  ed25519_private: |\n    -----BEGIN OPENSSH PRIVATE KEY-----\n');
  expect(text['network-config']).toContain(
    '\nethernets:\n  eth0:\n    match:\n      macaddress: "52:54:00:aa:00:01"\n',
  );
});

test('a file that fills its sectors exactly, and one that is larger, come back whole', () => {
  const authorizedKeys = Array.from({ length: 60 }, () => demoSeed.authorizedKeys[0] as string);
  expect(userData({ ...demoSeed, authorizedKeys }).users[0].ssh_authorized_keys).toEqual(authorizedKeys);
});
