import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { noCloudSeed, type SeedInput } from '../../src/sdk/nocloud/index.ts';
import { readIso } from '../support/iso.ts';
import { demoSeed } from '../support/seed.ts';

const nasty = [
  'x\nruncmd: [curl evil|sh]',
  'x\r\nruncmd:\n  - evil',
  'x\u0085runcmd: [evil]',
  'x\u2028runcmd: [evil]',
  'x\n',
  '\nx',
  'x\0y',
  '- x',
  'x: y',
  'x #y',
  '"x"',
  "x'y",
  'x\\ny',
  '&a x',
  '*a',
  '!!python/object:os.system x',
  '{a: b}',
  '[a]',
  '| x',
  '> x',
  '%TAG',
  '---',
  '...',
  '$(reboot)',
  '`reboot`',
  'x;reboot',
  'x|reboot',
  '../../etc',
  'x y',
  '\tx',
  '',
  ' ',
  'é',
  'x\u202ey',
  '\ud800',
  'A'.repeat(100_000),
];

const key = demoSeed.authorizedKeys[0] as string;
const [nic0] = demoSeed.nics as [SeedInput['nics'][number]];

/** Every place of the input where a string goes. */
const places: readonly (readonly [string, (value: string) => SeedInput])[] = [
  ['instanceId', (value) => ({ ...demoSeed, instanceId: value })],
  ['hostname', (value) => ({ ...demoSeed, hostname: value })],
  ['user', (value) => ({ ...demoSeed, user: value })],
  ['authorizedKeys', (value) => ({ ...demoSeed, authorizedKeys: [value] })],
  ['hostKey.private', (value) => ({ ...demoSeed, hostKey: { ...demoSeed.hostKey, private: value } })],
  ['hostKey.public', (value) => ({ ...demoSeed, hostKey: { ...demoSeed.hostKey, public: value } })],
  ['nics.mac', (value) => ({ ...demoSeed, nics: [{ ...nic0, mac: value }] })],
  ['nics.address', (value) => ({ ...demoSeed, nics: [{ ...nic0, address: value }] })],
  ['nics.gateway', (value) => ({ ...demoSeed, nics: [{ ...nic0, gateway: value }] })],
  ['nics.nameserver', (value) => ({ ...demoSeed, nics: [{ ...nic0, nameserver: value }] })],
];

describe.each(places)('%s', (field, seed) => {
  test.each(nasty)('refuses %j', (value) => {
    expect(() => noCloudSeed(seed(value))).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', message: expect.stringContaining(field.split('.')[0] ?? '') }),
    );
  });
});

const good = { user: 'vm', hostname: 'db1', mac: '52:54:00:00:00:01', address: '10.0.0.1/24', ip: '10.0.0.2' };

test.each(nasty.filter((value) => value.trim() && value !== '---'))(
  'no good value becomes a bad one by %j behind or before it',
  (value) => {
    const hung = (to: string) => [`${to}${value}`, `${value}${to}`];
    const inputs = [
      ...hung(good.hostname).map((hostname) => ({ ...demoSeed, hostname })),
      ...hung(good.user).map((user) => ({ ...demoSeed, user })),
      ...hung(good.mac).map((mac) => ({ ...demoSeed, nics: [{ ...nic0, mac }] })),
      ...hung(good.address).map((address) => ({ ...demoSeed, nics: [{ ...nic0, address }] })),
      ...hung(good.ip).map((gateway) => ({ ...demoSeed, nics: [{ ...nic0, gateway }] })),
      ...hung(demoSeed.hostKey.private).map((text) => ({
        ...demoSeed,
        hostKey: { ...demoSeed.hostKey, private: text },
      })),
    ];
    for (const input of inputs) expect(() => noCloudSeed(input)).toThrow(/is refused/);
  },
);

// What a comment may hold is harmless because it is quoted: these reach the file, and change nothing but the comment.
test.each([
  '- x',
  'x: y',
  'x #y',
  "x'y",
  '{a: b}',
  '[a]',
  '| x',
  '!!x',
  '&a *a',
  '%x',
  '$(x)',
  '`x`',
  'runcmd: [x]',
  '#',
])('a key’s comment %j stays a comment', (comment) => {
  const authorizedKeys = [`${key} ${comment}`];
  const { 'user-data': text = '' } = readIso(noCloudSeed({ ...demoSeed, authorizedKeys }), 'joliet').files;
  const { users, ...rest } = parse(text);
  expect(users).toEqual([{ name: 'vm', sudo: 'ALL=(ALL) NOPASSWD:ALL', ssh_authorized_keys: authorizedKeys }]);
  expect(Object.keys(rest)).toEqual(['disable_root', 'ssh_pwauth', 'ssh_deletekeys', 'manage_etc_hosts', 'ssh_keys']);
});

test.each(['y', 'yes', 'no', 'true', 'false', 'on', 'off', 'null'])('the login %j is no word of YAML’s', (user) => {
  expect(() => noCloudSeed({ ...demoSeed, user })).toThrow('YAML');
});

test('options before a key, a second card with the same address and an empty list of keys are refused', () => {
  const refused = (change: Partial<SeedInput>) =>
    expect(() => noCloudSeed({ ...demoSeed, ...change })).toThrow('is refused');
  refused({ authorizedKeys: [`command="reboot" ${key}`] });
  refused({ nics: [nic0, { ...nic0, mac: nic0.mac.toLowerCase() }] });
  refused({ authorizedKeys: [] });
});

test('a refusal never repeats the private key', () => {
  const hostKey = { ...demoSeed.hostKey, private: demoSeed.hostKey.private.replace('BEGIN', 'begin') };
  const line = demoSeed.hostKey.private.split('\n')[3] as string;
  try {
    noCloudSeed({ ...demoSeed, hostKey });
    expect.unreachable();
  } catch (reason) {
    expect(`${reason} ${JSON.stringify(reason)}`).not.toContain(line);
  }
});
