import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { listTopologies, loadTopology } from '../../../src/topology/topology.ts';
import { ownFolder } from '../../support/folder.ts';

const roots = { images: ['/srv/lab/images', '/srv/more'], overlays: ['/srv/lab/overlays'], keys: ['/srv/lab/keys'] };
const defaults = { sshUser: 'root', sshKeyPath: '/home/ada/.ssh/lab', overlayDir: '/srv/lab/overlays' };
const top = 'cluster_name: demo\nbase_image: tiny.qcow2\n';
const network = 'network: { bridge: lw-demo, subnet: 10.77.0.0/24 }\n';
const nodes = 'nodes: [{ name: a, ip: 10.77.0.11 }]\n';

async function load(text: string) {
  await using folder = await ownFolder();
  await writeFile(join(folder.path, 'demo.yaml'), text);
  return await loadTopology({ dir: folder.path, name: 'demo', roots, defaults, home: '/srv/lab' });
}

test('a file in the reference form loads unchanged', async () => {
  const dir = resolve(import.meta.dirname, '../../support/topologies');
  const { digest, ...topology } = await loadTopology({ dir, name: 'reference-form', roots, defaults });
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
  expect(topology).toEqual({
    name: 'reference-form',
    clusterName: 'storage',
    image: { path: '/srv/lab/images/rocky9.qcow2', format: 'qcow2' },
    overlayDir: '/srv/lab/overlays/storage',
    network: { name: 'storage-net', bridge: 'virbr-storage', subnet: '192.168.150.0/24' },
    nodes: [
      {
        ...{ name: 'mds', role: 'metadata', vcpus: 2, memoryMb: 4096 },
        ...{ ip: '192.168.150.10', address: '192.168.150.10/24' },
        extraDisks: [{ path: '/srv/lab/overlays/storage/mds-data.qcow2', sizeGb: 10, bus: 'virtio' }],
      },
      {
        ...{ name: 'client', role: 'client', vcpus: 1, memoryMb: 2048 },
        ...{ ip: '192.168.150.20', address: '192.168.150.20/24' },
        extraDisks: [],
      },
    ],
    ssh: { keyPath: '/srv/lab/keys/storage_ed25519', user: 'root', connectTimeoutMs: 5000 },
    snapshots: { clean: 'clean-install' },
    protected: false,
    tags: [],
  });
});

test('the example is three nodes on the tiny image, booted by its kernel', async () => {
  const dir = resolve(import.meta.dirname, '../../../topologies');
  const topology = await loadTopology({ dir, name: 'example-3node', roots, defaults });
  expect(topology.image).toEqual({
    path: '/srv/lab/images/tiny.qcow2',
    format: 'qcow2',
    boot: {
      kernel: '/srv/lab/images/tiny-vmlinuz',
      initrd: '/srv/lab/images/tiny-initrd',
      cmdline: 'root=/dev/vda1 rw console=ttyS0 mitigations=off',
    },
  });
  expect(topology.nodes.map(({ role, memoryMb, address }) => [role, memoryMb, address])).toEqual([
    ['server', 128, '10.77.0.11/24'],
    ['client', 128, '10.77.0.21/24'],
    ['client', 128, '10.77.0.22/24'],
  ]);
});

test('what is left out has a sensible value', async () => {
  const topology = await load(top + network + nodes);
  expect(topology).toMatchObject({
    overlayDir: '/srv/lab/overlays/demo',
    network: { name: 'demo' },
    nodes: [{ name: 'a', role: undefined, vcpus: 1, memoryMb: 512, extraDisks: [] }],
    ssh: { keyPath: '/home/ada/.ssh/lab', user: 'root', connectTimeoutMs: 10_000 },
    ...{ snapshots: {}, provider: undefined, project: undefined },
  });
});

test('the additions are kept', async () => {
  const more = 'provider: big\nproject: os\nprotected: true\ntags: [ci]\n';
  expect(await load(top + network + nodes + more)).toMatchObject({
    ...{ provider: 'big', project: 'os', protected: true, tags: ['ci'] },
  });
});

test('relative paths start at the root of their kind, and ~ is the home', async () => {
  const text = `cluster_name: demo
base_image: ~/images/tiny.raw
overlay_dir: mine
ssh: { key_path: sub/key }
${network}nodes: [{ name: a, ip: 10.77.0.11, extra_disks: [{ path: mine/a.qcow2, size_gb: 1 }] }]
`;
  expect(await load(text)).toMatchObject({
    image: { path: '/srv/lab/images/tiny.raw', format: 'raw' },
    overlayDir: '/srv/lab/overlays/mine',
    ssh: { keyPath: '/srv/lab/keys/sub/key' },
    nodes: [{ extraDisks: [{ path: '/srv/lab/overlays/mine/a.qcow2', sizeGb: 1, bus: 'virtio' }] }],
  });
});

describe('a password instead of a key', () => {
  const guestSecrets = ['guest-login', 'other'];
  const way =
    (ssh: string, config: object = {}) =>
    async () => {
      await using folder = await ownFolder();
      await writeFile(join(folder.path, 'demo.yaml'), `${top}${network}${nodes}${ssh}`);
      const { sshUser, overlayDir } = defaults;
      const wanted = { dir: folder.path, name: 'demo', roots, guestSecrets, home: '/srv/lab' };
      return (await loadTopology({ ...wanted, defaults: { sshUser, overlayDir, ...config } })).ssh;
    };

  test('is named by the topology, else by the config; a key of the topology wins over it', async () => {
    const named = { sshPasswordSecret: 'other' };
    expect(await way('ssh: { password_secret: guest-login }')()).toMatchObject({ passwordSecret: 'guest-login' });
    expect(await way('ssh: { password_secret: guest-login }', { sshKeyPath: '/k' })()).toMatchObject({
      ...{ passwordSecret: 'guest-login', keyPath: undefined },
    });
    expect(await way('', named)()).toMatchObject({ passwordSecret: 'other', keyPath: undefined });
    expect(await way('ssh: { key_path: k }', named)()).toMatchObject({
      ...{ passwordSecret: undefined, keyPath: '/srv/lab/keys/k' },
    });
  });

  test('is no secret that the admin has not opened for guests, and not named beside a key', async () => {
    await expect(way('ssh: { password_secret: gest-login }')()).rejects.toThrow(
      'ssh.password_secret: found "gest-login"; did you mean "guest-login"?',
    );
    await expect(way('ssh: { password_secret: pve-token }')()).rejects.toThrow(
      'expected a secret of the config that has guests: true: guest-login, other.',
    );
    await expect(way('ssh: { password_secret: guest-login, key_path: k }')()).rejects.toThrow(
      'ssh.password_secret: found beside key_path; expected one of the two.',
    );
  });
});

test.each([
  ['a.qcow2', 'qcow2'],
  ['a.IMG', 'raw'],
  ['/srv/more/a.raw', 'raw'],
  ['a.vmdk\nbase_image_format: qcow2', 'qcow2'],
  ['a.img\nbase_image_format: qcow2', 'qcow2'],
])('the format of %j is declared or goes by the name', async (image, format) => {
  const topology = await load(`cluster_name: demo\nbase_image: ${image}\n${network}${nodes}`);
  expect(topology.image.format).toBe(format);
});

describe('the digest', () => {
  test('stays when only the writing changes', async () => {
    const [plain, other] = [top + network + nodes, `# x\n${nodes}${network}protected: false\n${top}`];
    expect((await load(other)).digest).toBe((await load(plain)).digest);
  });

  test('changes with what is said', async () => {
    const changed = nodes.replace('.11', '.12');
    expect((await load(top + network + changed)).digest).not.toBe((await load(top + network + nodes)).digest);
  });
});

describe('addresses', () => {
  const many = (...ips: readonly string[]) =>
    `nodes:\n${ips.map((ip, i) => `- { name: n${i}, ip: ${ip} }`).join('\n')}\n`;

  test.each([
    ['10.77.1.11', 'which lies outside the subnet; expected 10.77.0.2 to 10.77.0.254'],
    ['10.77.0.0', 'which names the network itself; expected 10.77.0.2 to 10.77.0.254'],
    ['10.77.0.255', 'which is the broadcast address; expected 10.77.0.2 to 10.77.0.254'],
    ['10.77.0.1', 'which is the gateway’s; expected 10.77.0.2 to 10.77.0.254'],
  ])('%s is refused', async (ip, why) => {
    const message = `demo.yaml:5:15  nodes[0].ip: found "${ip}", ${why}.`;
    await expect(load(top + network + many(ip))).rejects.toMatchObject({ code: 'INVALID_INPUT', message });
  });

  test.each(['10.77.0.256', '10.77.0', '10.77.0.011', '::1', '10.77.0.11/24'])('%s is no address', async (ip) => {
    await expect(load(top + network + many(ip))).rejects.toThrow('expected an IPv4 address such as 10.77.0.11.');
  });

  test('two nodes never share one', async () => {
    const loading = load(top + network + many('10.77.0.11', '10.77.0.12', '10.77.0.11'));
    await expect(loading).rejects.toThrow('nodes[2].ip: found "10.77.0.11", which is nodes[0]’s already.');
  });

  test.each([
    ['10.77.0.0/15', 'expected an IPv4 network of /16 to /29'],
    ['10.77.0.0/30', 'expected an IPv4 network of /16 to /29'],
    ['10.77.0.8/24', 'found "10.77.0.8/24"; expected "10.77.0.0/24", its host bits zero.'],
  ])('%s is no subnet', async (subnet, message) => {
    await expect(load(`${top}network: { bridge: b, subnet: ${subnet} }\n${nodes}`)).rejects.toThrow(message);
  });

  test.each([
    ['10.77.0.8/29', '10.77.0.14'],
    ['172.16.0.0/16', '172.16.255.254'],
    ['255.255.255.0/24', '255.255.255.254'],
  ])('the last address of %s is %s', async (subnet, ip) => {
    const topology = await load(`${top}network: { bridge: b, subnet: ${subnet} }\n${many(ip)}`);
    expect(topology.nodes[0]?.ip).toBe(ip);
  });
});

describe('names and numbers', () => {
  test.each([
    ['nodes: []', 'nodes: found an empty list; expected at least 1 items.'],
    [`nodes:\n${'- { name: a, ip: 10.77.0.11 }\n'.repeat(65)}`, 'nodes: found a list; expected at most 64 items.'],
    ['nodes: [{ name: Big_One, ip: 10.77.0.11 }]', 'nodes[0].name: found "Big_One"'],
    [
      'nodes: [{ name: a, ip: 10.77.0.11 }, { name: a, ip: 10.77.0.12 }]',
      'nodes[1].name: found "a", which is nodes[0]’s already.',
    ],
    [
      'nodes: [{ name: a, ip: 10.77.0.11, vcpu: 2 }]',
      'nodes[0].vcpu: found a key that means nothing here; did you mean "vcpus"?',
    ],
    ['nodes: [{ name: a, ip: 10.77.0.11, memory_mb: 1G }]', 'nodes[0].memory_mb: found "1G"; expected a number.'],
    [
      `${nodes}snapshots: { clean: "a b" }`,
      'snapshots.clean: found "a b"; expected letters, digits, dashes and underscores',
    ],
    [`${nodes}ssh: { user: "-l root" }`, 'ssh.user: found "-l root"; expected a Unix user name.'],
  ])('%j is refused', async (text, message) => {
    await expect(load(`${top}${network}${text}\n`)).rejects.toThrow(message);
  });

  test('a bridge has at most 15 characters', async () => {
    const text = `${top}network: { bridge: sixteen-letters-, subnet: 10.77.0.0/24 }\n${nodes}`;
    await expect(load(text)).rejects.toThrow('network.bridge: found "sixteen-letters-"');
  });

  test('an image whose name does not tell its format needs it said', async () => {
    const text = `cluster_name: demo\nbase_image: disk.vmdk\n${network}${nodes}`;
    await expect(load(text)).rejects.toThrow(
      'base_image_format: found nothing, and "disk.vmdk" does not tell; expected "qcow2" or "raw".',
    );
  });

  test('two disks are never one file, however they are written', async () => {
    const disks = '[{ path: x.qcow2, size_gb: 1 }, { path: ../overlays/./x.qcow2, size_gb: 1 }]';
    const text = `${top}${network}nodes: [{ name: a, ip: 10.77.0.11, extra_disks: ${disks} }]`;
    await expect(load(text)).rejects.toThrow(
      'nodes[0].extra_disks[1].path: found "../overlays/./x.qcow2", which is another disk’s already.',
    );
  });
});

test('all problems come at once, whatever else is wrong', async () => {
  const text = `cluster_name: demo
base_image: /etc/shadow.raw
overlays_dir: mine
${network}nodes:
  - { name: a, ip: 10.77.0.1, vcpu: 2 }
  - { name: a, ip: 10.77.0.300 }
`;
  await expect(load(text)).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    details: {
      problems: [
        expect.stringContaining('demo.yaml:6:31  nodes[0].vcpu: found a key that means nothing here'),
        expect.stringContaining('demo.yaml:7:16  nodes[1].ip: found "10.77.0.300"; expected an IPv4 address'),
        expect.stringContaining(
          'demo.yaml:3:1  overlays_dir: found a key that means nothing here; did you mean "overlay_dir"?',
        ),
        expect.stringContaining('demo.yaml:6:16  nodes[0].ip: found "10.77.0.1", which is the gateway’s'),
        expect.stringContaining('demo.yaml:7:7  nodes[1].name: found "a", which is nodes[0]’s already.'),
        'demo.yaml:2:1  base_image: found "/etc/shadow.raw", which lies outside; expected a path beneath roots.images: /srv/lab/images, /srv/more.',
      ],
    },
  });
});

describe('finding', () => {
  test('a name that is none lists those there are, at most twenty', async () => {
    await using folder = await ownFolder();
    const names = Array.from({ length: 25 }, (_, index) => `t${index + 10}`);
    await Promise.all(names.map((name) => writeFile(join(folder.path, `${name}.yaml`), '')));
    const loading = loadTopology({ dir: folder.path, name: 'demo', roots, defaults });
    const have = names.slice(0, 20);
    const message = `No topology is named "demo"; there are: ${have.join(', ')}.`;
    await expect(loading).rejects.toMatchObject({ code: 'NOT_FOUND', message, details: { have } });
  });

  test('an empty or missing folder has none', async () => {
    expect(await listTopologies('/nowhere')).toEqual([]);
    const loading = loadTopology({ dir: '/nowhere', name: 'demo', roots, defaults });
    await expect(loading).rejects.toThrow('No topology is named "demo"; there are none in /nowhere.');
  });

  test('the list is sorted and holds only what can be loaded by name', async () => {
    await using folder = await ownFolder();
    const files = ['b.yaml', 'a.yaml', 'Big.yaml', 'c.yml', '.yaml', '-x.yaml'];
    await Promise.all(files.map((file) => writeFile(join(folder.path, file), '')));
    expect(await listTopologies(folder.path)).toEqual(['a', 'b']);
  });

  test('every topology in the repository loads', async () => {
    const dir = resolve(import.meta.dirname, '../../../topologies');
    const names = await listTopologies(dir);
    expect(names).toContain('example-3node');
    await Promise.all(names.map((name) => loadTopology({ dir, name, roots, defaults })));
  });
});

test('a root that is itself reached through a link is a root', async () => {
  await using folder = await ownFolder();
  const [real, link] = [join(folder.path, 'real'), join(folder.path, 'link')];
  await mkdir(real);
  await symlink(real, link);
  await writeFile(join(real, 'tiny.qcow2'), '');
  await writeFile(join(folder.path, 'demo.yaml'), top + network + nodes);
  const loading = loadTopology({ dir: folder.path, name: 'demo', roots: { ...roots, images: [link] }, defaults });
  expect((await loading).image.path).toBe(join(link, 'tiny.qcow2'));
});
