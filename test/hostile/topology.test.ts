import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { listTopologies, loadTopology } from '../../src/topology/topology.ts';
import { ownFolder } from '../support/folder.ts';

const body = `base_image: tiny.qcow2
network: { bridge: lw-demo, subnet: 10.77.0.0/24 }
nodes: [{ name: a, ip: 10.77.0.11 }]
`;
const sound = `cluster_name: demo\n${body}`;

/** A lab on disk: topologies and roots, and a secret beside them that nobody here may reach. */
async function lab() {
  const folder = await ownFolder();
  const at = (...parts: readonly string[]) => join(folder.path, ...parts);
  const dirs = ['topologies', 'images', 'overlays', 'keys', 'secret'];
  await Promise.all(dirs.map((dir) => mkdir(at(dir))));
  await writeFile(at('secret', 'demo.yaml'), sound);
  await writeFile(at('topologies', 'sound.yaml'), sound);
  const roots = { images: [at('images')], overlays: [at('overlays')], keys: [at('keys')] };
  const defaults = { sshUser: 'root', overlayDir: at('overlays') };
  const load = (name: string) => loadTopology({ dir: at('topologies'), name, roots, defaults, home: at('home') });
  const write = async (text: string | Uint8Array) => {
    await writeFile(at('topologies', 'demo.yaml'), text);
    return await load('demo');
  };
  return { at, load, write, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

test('the lab of these tests loads what is sound', async () => {
  await using here = await lab();
  expect((await here.load('sound')).clusterName).toBe('demo');
});

describe('a name never leads out of the folder', () => {
  test.each([
    ...['../secret/demo', '..', '.', '/etc/passwd', 'a/b', 'a\\b', './sound', 'sound\0', 'sound\n', '-sound', ''],
    ...['Sound', 'ｓound', 'a'.repeat(64), '%2e%2e%2fsecret', '~', '$HOME'],
  ])('%j', async (name) => {
    await using here = await lab();
    await expect(here.load(name)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('cannot be'),
    });
  });

  test('nor does a link', async () => {
    await using here = await lab();
    await symlink(here.at('secret', 'demo.yaml'), here.at('topologies', 'demo.yaml'));
    await expect(here.load('demo')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await listTopologies(here.at('topologies'))).toEqual(['sound']);
  });

  test('nor a link to a folder of the same beginning', async () => {
    await using here = await lab();
    await mkdir(here.at('topologies-old'));
    await writeFile(here.at('topologies-old', 'demo.yaml'), sound);
    await symlink('../topologies-old/demo.yaml', here.at('topologies', 'demo.yaml'));
    await expect(here.load('demo')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('a link within the folder is fine', async () => {
    await using here = await lab();
    await symlink('sound.yaml', here.at('topologies', 'demo.yaml'));
    expect((await here.load('demo')).name).toBe('demo');
  });
});

describe('what stands where a file should cannot hang or flood the server', () => {
  test('a pipe', async () => {
    await using here = await lab();
    execFileSync('mkfifo', ['--', here.at('topologies', 'demo.yaml')]);
    await expect(here.load('demo')).rejects.toThrow('not a plain file');
  });

  test('a folder', async () => {
    await using here = await lab();
    await mkdir(here.at('topologies', 'demo.yaml'));
    await expect(here.load('demo')).rejects.toThrow('not a plain file');
  });

  test.each([
    ['words without end', sound + '#'.repeat(1024 * 1024), 'larger than 1 MiB'],
    ['nested lists', '['.repeat(900_000), 'too many levels'],
    ['nested maps', '{a: '.repeat(200_000), 'too many levels'],
    ['nested keys', '? '.repeat(400_000), 'too many levels'],
    ['nested items', '- '.repeat(400_000), 'too many levels'],
    ['stairs', Array.from({ length: 1000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'), 'too many levels'],
    ['commas', `[${','.repeat(1_000_000)}`, 'too many words'],
    ['brackets', '[]'.repeat(500_000), 'Unexpected'],
    ['documents', '---\n'.repeat(250_000), 'too many words'],
    ['directives', '%Y\n'.repeat(300_000), 'a % directive'],
    ['empty lines', '\n'.repeat(1_000_000), 'too many words'],
    ['anchors', '&a '.repeat(300_000), 'too many words'],
    ['keys', Array.from({ length: 12_000 }, (_, index) => `k${index}: ${index}`).join('\n'), 'and 11'],
    ['one key again and again', 'cluster_name: x\n'.repeat(12_000), ' again; expected it once'],
    [
      'nodes',
      `${sound}${'- { name: a, ip: 10.77.0.11 }\n'.repeat(4000)}`.replace(/nodes: .*\n/, 'nodes:\n'),
      'at most 64 items',
    ],
    [
      'disks',
      sound.replace('.11 }', `.11, extra_disks: [${'{ path: x, size_gb: 1 }, '.repeat(4000)}] }`),
      'at most 16 items',
    ],
  ])('%s', async (_, text, message) => {
    await using here = await lab();
    await expect(here.write(text)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining(message),
    });
  });
});

describe('a file is only what it seems to be', () => {
  const laughs = ['a: &a [x, x, x, x, x, x, x, x, x]', ...'bcdefghi'].map((name, index, all) => {
    const last = index === 1 ? 'a' : all[index - 1];
    return index === 0 ? name : `${name}: &${name} [${Array(9).fill(`*${last}`).join(', ')}]`;
  });

  test.each([
    ['a billion laughs', laughs.join('\n'), 'the alias "*'],
    ['a value from elsewhere', `x: &x demo\ncluster_name: *x\n${body}`, 'the alias "*'],
    ['a merge', `cluster_name: demo\n<<: { overlay_dir: / }\n${body}`, 'a merge key'],
    ['a tag', `cluster_name: !!js/function "x"\n${body}`, 'found the tag'],
    ['a binary tag', `cluster_name: !!binary ZGVtbw==\n${body}`, 'found the tag'],
    ['an older YAML', `%YAML 1.1\n---\n${sound}`, 'a % directive'],
    ['a second document', `${sound}---\n${sound}`, 'a second document'],
    ['a key twice', `${sound}cluster_name: other\n`, ' again; expected it once'],
    ['a key twice in disguise', `${sound}"cluster\\x5fname": other\n`, ' again; expected it once'],
    ['NUL', `cluster_name: de\0mo\n${body}`, 'the invisible U+00'],
    [
      'NUL in disguise',
      `cluster_name: demo\n${body.replace('tiny.qcow2', '"tiny.qcow2\\0.raw"')}`,
      'the invisible U+00',
    ],
    ['a terminal’s own language', `cluster_name: demo\n"\\e[2J": x\n${body}`, 'the invisible U+00'],
    ['a prototype', `__proto__: { overlay_dir: / }\n${sound}`, 'the key "__proto__"'],
    ['a prototype within', sound.replace('nodes', 'snapshots: { __proto__: x }\nnodes'), 'the key "__proto__"'],
    ['a list as key', `{ [cluster_name]: demo }`, 'a key that is not text'],
  ])('%s', async (_, text, message) => {
    await using here = await lab();
    await expect(here.write(text)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining(message),
    });
  });

  test('bytes that are not UTF-8', async () => {
    await using here = await lab();
    await expect(here.write(Uint8Array.of(0xc0, 0xae))).rejects.toThrow('not UTF-8');
  });

  test('no message carries what a terminal would obey', async () => {
    await using here = await lab();
    const message = await here.write(`cluster_name: "\\e]0;x\\a"\n"k\\u009b2J": 1\n"\u202ek": 1\n`).catch(String);
    expect(message).toContain('the invisible U+202E');
    expect(message).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
  });
});

describe('no path leads out of its root', () => {
  const disk = (path: string) => sound.replace('.11 }', `.11, extra_disks: [{ path: "${path}", size_gb: 1 }] }`);
  const image = (path: string) => `${sound.replace('tiny.qcow2', `"${path}"`)}base_image_format: raw\n`;

  test.each([
    ['images', image('/etc/shadow')],
    ['images', image('../secret/key')],
    ['images', image('~/../../etc/shadow')],
    ['images', image('../images-old/x')],
    ['images', image('.')],
    ['images', image('sub/..')],
    ['images', `${sound}boot: { kernel: /boot/vmlinuz, initrd: i }\n`],
    ['images', `${sound}boot: { kernel: k, initrd: ../../i }\n`],
    ['overlays', `${sound}overlay_dir: /\n`],
    ['overlays', `${sound}overlay_dir: ..\n`],
    ['overlays', disk('/dev/sda')],
    ['overlays', disk('../images/tiny.qcow2')],
    ['keys', `${sound}ssh: { key_path: /root/.ssh/id_rsa }\n`],
    ['keys', `${sound}ssh: { key_path: ../secret/key }\n`],
  ])('roots.%s: %j', async (root, text) => {
    await using here = await lab();
    const message = `which lies outside; expected a path beneath roots.${root}: ${here.at(root)}.`;
    await expect(here.write(text)).rejects.toThrow(message);
  });

  test.each([
    ['a link', 'link/x.raw', '../secret'],
    ['a link to a file', 'link', '../secret/demo.yaml'],
    ['a link to what does not exist yet', 'link', '../secret/tomorrow'],
    ['a link through what does not exist yet', 'link/deep/x.raw', '../secret/tomorrow'],
    ['a link to itself', 'link', 'link'],
    ['an absolute link', 'link/etc/shadow', '/'],
  ])('not through %s', async (_, path, target) => {
    await using here = await lab();
    await symlink(target, here.at('images', 'link'));
    await expect(here.write(image(path))).rejects.toThrow(
      'which a link leads outside; expected a path beneath roots.images',
    );
  });

  test('a link that stays inside is fine', async () => {
    await using here = await lab();
    await writeFile(here.at('images', 'tiny-1.qcow2'), '');
    await symlink('tiny-1.qcow2', here.at('images', 'tiny.qcow2'));
    expect((await here.write(sound)).image.path).toBe(here.at('images', 'tiny.qcow2'));
  });
});
