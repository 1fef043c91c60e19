import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { configFile, loadConfig } from '../../../src/config/config.ts';
import { ownFolder } from '../../support/folder.ts';

interface Given {
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly argvFile?: string;
}

/** Loads in a world of the test's own. Its folder reads as `/w` in results and messages. */
async function load({ files = {}, env = {}, argvFile }: Given) {
  await using folder = await ownFolder();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, path)), { recursive: true });
    await writeFile(join(folder.path, path), text);
  }
  const [cwd, home, etc, packageDir] = ['cwd', 'home', 'etc', 'package'].map((each) => join(folder.path, each));
  if (!cwd || !home || !etc || !packageDir) throw new Error('four folders');
  const named = argvFile === undefined ? {} : { argvFile };
  const plain = (text: string) => text.replaceAll(folder.path, '/w');
  const loading = loadConfig({ ...named, env: { XDG_RUNTIME_DIR: '/run/user/7', ...env }, cwd, home, etc, packageDir });
  const config = await loading.catch((error) => {
    throw Object.assign(error, { message: plain(error.message) });
  });
  return JSON.parse(plain(JSON.stringify(config))) as Partial<typeof config>;
}

test('without any file there is a working lab of one', async () => {
  expect(await load({})).toEqual({
    topologyDir: '/w/package/topologies',
    overlayDir: '/w/home/.local/state/labwarden/overlays',
    artifactStoreDir: '/w/home/.local/state/labwarden/artifacts',
    sshUser: 'root',
    logLevel: 'info',
    stateDir: '/w/home/.local/state/labwarden',
    runtimeDir: '/w/home/.local/state/labwarden/run',
    roots: {
      images: ['/w/home/.local/state/labwarden/images'],
      overlays: ['/w/home/.local/state/labwarden/overlays'],
      artifacts: ['/w/home/.local/state/labwarden/artifacts'],
      keys: ['/w/home/.local/state/labwarden/keys'],
    },
    providers: { main: { plugin: 'qemu-direct', config: {} } },
    defaultProvider: 'main',
    plugins: [{ id: 'clusters' }],
    ...{ toolsets: ['default'], readOnly: false, secrets: {}, sshHosts: {} },
    policies: ['/w/package/policies/lab-of-one.yaml', '/w/package/policies/roles.yaml'],
    people: [],
    peopleDir: '/w/home/.local/state/labwarden/people',
    audit: {
      dir: '/w/home/.local/state/labwarden/audit',
      checkpointEvery: { records: 1_024, ms: 60_000 },
      ...{ appendOnly: 'off', targets: [] },
    },
    policyWidening: 'ask',
    shadowPolicies: [],
    limits: {
      answerWithinMs: 45_000,
      callDeadlineMs: 1_800_000,
      stopGraceMs: 10_000,
      idleExitMs: 60_000,
      maxOutputBytes: 65_536,
    },
    confirmation: { lastsMs: { human: 900_000, 'two-person': 14_400_000 }, slowestMs: 10_000 },
    leases: { warnMs: 86_400_000, cutAfterMs: 600_000, trashMs: 86_400_000 },
    overcommit: { memory: 1, vcpus: 1, disk: 4 },
    project: 'default',
  });
});

test('an empty file is a lab with all defaults, and its topologies stand beside it', async () => {
  const config = await load({ files: { 'cwd/labwarden.yaml': '' } });
  expect(config).toMatchObject({
    source: '/w/cwd/labwarden.yaml',
    topologyDir: '/w/cwd/topologies',
    project: 'default',
  });
});

test('people have an account and groups, and find their sockets where the machine keeps such', async () => {
  const people = 'people: { ana: {}, bob: { account: rjones, groups: [os-course] } }';
  expect(await load({ files: { 'etc/labwarden/config.yaml': people } })).toMatchObject({
    people: [
      { name: 'ana', account: 'ana', groups: [] },
      { name: 'bob', account: 'rjones', groups: ['os-course'] },
    ],
    peopleDir: '/run/labwarden',
  });
});

test('the XDG variables move state and sockets', async () => {
  const config = await load({ env: { XDG_STATE_HOME: '/data', XDG_RUNTIME_DIR: '' } });
  expect(config.stateDir).toBe('/data/labwarden');
  expect(config.runtimeDir).toBe('/data/labwarden/run');
});

test('sockets lie beside the state, unless its path is too long for them', async () => {
  const config = await load({ env: { XDG_STATE_HOME: `/${'long/'.repeat(20)}` } });
  expect(config.runtimeDir).toBe(`/tmp/labwarden-${process.getuid?.()}`);
});

test('a .env in the working directory changes no config that somebody named', async () => {
  const files = { 'cwd/.env': 'LABWARDEN_PROJECT=env', 'lab/my.yaml': 'project: file' };
  expect(await load({ files })).toMatchObject({ project: 'env' });
  expect(await load({ files, argvFile: '../lab/my.yaml' })).toMatchObject({ project: 'file' });
  expect(await load({ files, env: { LABWARDEN_CONFIG: '../lab/my.yaml' } })).toMatchObject({ project: 'file' });
});

describe('a .env sets nothing that judges, records, runs code or opens folders', () => {
  test.each([
    ...['POLICIES', 'PLUGINS', 'AUDIT__DIR', 'STATE_DIR', 'RUNTIME_DIR', 'ROOTS__IMAGES', 'ROOTS', 'OVERLAY_DIR'],
    ...[
      'ARTIFACT_STORE_DIR',
      'PROVIDERS__MAIN__PLUGIN',
      'DEFAULT_PROVIDER',
      'CONFIG',
      'state_dir',
      'LIMITS',
      'TOPLOGY_DIR',
    ],
  ])('LABWARDEN_%s is refused', async (key) => {
    const message = `/w/cwd/.env sets LABWARDEN_${key}; from a .env labwarden takes only LOG_LEVEL, LOG_FILE, LIMITS__…,`;
    await expect(load({ files: { 'cwd/.env': `LABWARDEN_${key}=x` } })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(message),
    });
  });

  test('what is left says where the log goes, how long things take, and what topologies are made of', async () => {
    const names = { LOG_LEVEL: 'debug', LOG_FILE: 'l', LIMITS__IDLE_EXIT_S: '9', TOPOLOGY_DIR: 't', PROJECT: 'p' };
    const all = { ...names, SSH_USER: 'ada', SSH_KEY_PATH: 'k', STATE_DIR: '' };
    const dotEnv = Object.entries(all).map(([name, value]) => `LABWARDEN_${name}=${value}\n`);
    expect(await load({ files: { 'cwd/.env': dotEnv.join('') } })).toMatchObject({
      ...{ logLevel: 'debug', logFile: '/w/cwd/l', limits: { idleExitMs: 9000 }, topologyDir: '/w/cwd/t' },
      ...{ project: 'p', sshUser: 'ada', sshKeyPath: '/w/cwd/k' },
    });
  });
});

describe('a file that was only met in the working directory', () => {
  const digest = `sha256:${'ab'.repeat(32)}`;
  const keys = [
    ['policies', 'policies: p.yaml'],
    ['policy_widening', 'policy_widening: allow'],
    ['policies_shadow', 'policies_shadow: p.yaml'],
    ['audit', 'audit: { dir: a }'],
    ['confirmation', 'confirmation: { slowest_s: 0 }'],
    ['state_dir', 'state_dir: s'],
    ['runtime_dir', 'runtime_dir: r'],
    ['roots', 'roots: { images: / }'],
    ['overlay_dir', 'overlay_dir: o'],
    ['artifact_store_dir', 'artifact_store_dir: a'],
    ['leases', 'leases: { trash_h: 0.1 }'],
    ['capacity', 'capacity: { memory_overcommit: 9 }'],
    ['secrets', 'secrets: { a: { env: A } }'],
    ['ssh_hosts', 'ssh_hosts: {}'],
  ] as const;

  test.each(keys)('may not set %s', async (key, text) => {
    await expect(load({ files: { 'cwd/labwarden.yaml': `project: x\n${text}` } })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: `/w/cwd/labwarden.yaml:2:1  ${key}: is not taken from the working directory; name this file with --config to allow it.`,
    });
  });

  test('may bring no code', async () => {
    const text = `plugins:\n  - id: clusters\n  - { path: ./mine, digest: '${digest}', process: here }`;
    await expect(load({ files: { 'cwd/labwarden.yaml': text } })).rejects.toThrow(
      '/w/cwd/labwarden.yaml:3:7  plugins[1].path: is not taken from the working directory',
    );
  });

  test('may do all that once somebody names it, and so may every other file', async () => {
    const text = `${keys.map(([, line]) => line).join('\n')}\nplugins: [{ path: ./mine, digest: '${digest}' }]`
      .replace('overlay_dir: o\n', '')
      .concat('\n');
    const files = { 'cwd/labwarden.yaml': text };
    expect(await load({ files, argvFile: 'labwarden.yaml' })).toMatchObject({ policies: ['/w/cwd/p.yaml'] });
    expect(await load({ files, env: { LABWARDEN_CONFIG: 'labwarden.yaml' } })).toMatchObject({ stateDir: '/w/cwd/s' });
    const own = { 'home/.config/labwarden/config.yaml': text };
    expect(await load({ files: own })).toMatchObject({ stateDir: '/w/home/.config/labwarden/s' });
  });

  test('does not stop the environment from setting them', async () => {
    const files = { 'cwd/labwarden.yaml': 'project: x' };
    expect(await load({ files, env: { LABWARDEN_STATE_DIR: '/s' } })).toMatchObject({ stateDir: '/s', project: 'x' });
  });
});

test('a lab of the machine keeps its state in /var/lib', async () => {
  const config = await load({ files: { 'etc/labwarden/config.yaml': '' }, env: { XDG_STATE_HOME: '/data' } });
  expect(config).toMatchObject({ source: '/w/etc/labwarden/config.yaml', stateDir: '/var/lib/labwarden' });
  expect(config.audit).toMatchObject({ dir: '/var/lib/labwarden/audit' });
});

test('relative paths start at the file that says them, and ~ is the home', async () => {
  const text =
    'topology_dir: t\nlog_file: ~/log\nssh_key_path: ../key\npolicies: [p.yaml, /etc/p.yaml]\nroots: { images: [a, ~/b] }';
  const config = await load({ files: { 'lab/my.yaml': text }, argvFile: '../lab/my.yaml' });
  expect(config).toMatchObject({
    topologyDir: '/w/lab/t',
    logFile: '/w/home/log',
    sshKeyPath: '/w/key',
    policies: ['/w/lab/p.yaml', '/etc/p.yaml'],
    roots: { images: ['/w/lab/a', '/w/home/b'] },
  });
});

test('overlay_dir and artifact_store_dir are the roots when no roots are given', async () => {
  const files = { 'cwd/my.yaml': 'overlay_dir: /srv/o\nartifact_store_dir: /srv/a' };
  const config = await load({ files, argvFile: 'my.yaml' });
  expect(config.roots).toMatchObject({ overlays: ['/srv/o'], artifacts: ['/srv/a'] });
});

test('the overlays root is the overlay_dir when none is given', async () => {
  const config = await load({ files: { 'cwd/my.yaml': 'roots: { overlays: [/srv/o, /srv/p] }' }, argvFile: 'my.yaml' });
  expect(config.overlayDir).toBe('/srv/o');
});

describe('providers', () => {
  test('what stands beside `plugin` is the plugin’s own config, and the first is the default', async () => {
    const text = 'providers:\n  fast: { plugin: qemu-direct, timeoutMs: 9 }\n  big: { plugin: proxmox, host: pve.lab }';
    const config = await load({ files: { 'cwd/labwarden.yaml': text } });
    expect(config.defaultProvider).toBe('fast');
    expect(config.providers).toEqual({
      fast: { plugin: 'qemu-direct', config: { timeoutMs: 9 } },
      big: { plugin: 'proxmox', config: { host: 'pve.lab' } },
    });
  });

  test('LIBVIRT_DEFAULT_URI is the uri of libvirt providers that have none', async () => {
    const text =
      'providers: { a: { plugin: libvirt }, b: { plugin: libvirt, uri: "test:///default" }, c: { plugin: proxmox } }';
    const config = await load({
      files: { 'cwd/labwarden.yaml': text },
      env: { LIBVIRT_DEFAULT_URI: 'qemu:///session' },
    });
    expect(config.providers).toMatchObject({
      a: { config: { uri: 'qemu:///session' } },
      b: { config: { uri: 'test:///default' } },
      c: { config: {} },
    });
  });
});

test('a plugin from elsewhere is pinned, runs in a child and gets what was granted', async () => {
  const digest = `sha256:${'ab'.repeat(32)}`;
  const text = `plugins: [{ id: clusters }, { path: ./mine, digest: '${digest}', grants: { files: { images: read } } }]`;
  const config = await load({ files: { 'cwd/my.yaml': text }, argvFile: 'my.yaml' });
  expect(config.plugins).toEqual([
    { id: 'clusters' },
    { path: '/w/cwd/mine', digest, process: 'child', grants: { files: { images: 'read' } } },
  ]);
});

describe('the environment', () => {
  const files = {
    'lab/my.yaml': 'project: file\nlimits: { stop_grace_s: 1, idle_exit_s: 2 }\nroots: { images: img, keys: k }',
  };

  test('stands over .env, which stands over the file, key by key', async () => {
    const dotEnv = 'LABWARDEN_PROJECT=dotenv\nLABWARDEN_LIMITS__STOP_GRACE_S=3\nOTHER=x\nLABWARDEN_LOG_LEVEL=debug';
    const env = { LABWARDEN_PROJECT: 'env', LABWARDEN_LOG_LEVEL: '' };
    const file = 'project: file\nlimits: { stop_grace_s: 1, idle_exit_s: 2 }';
    const own = { 'cwd/labwarden.yaml': file, 'cwd/.env': dotEnv };
    const config = await load({ files: own, env });
    expect(config).toMatchObject({
      project: 'env',
      limits: { stopGraceMs: 3000, idleExitMs: 2000 },
      logLevel: 'debug',
    });
  });

  test('has its own base for relative paths', async () => {
    const env = { LABWARDEN_ROOTS__IMAGES: '[one, ~/two]', LABWARDEN_POLICIES: 'p.yaml' };
    const config = await load({ files, env, argvFile: '../lab/my.yaml' });
    expect(config.policies).toEqual(['/w/cwd/p.yaml']);
    expect(config.roots).toMatchObject({ images: ['/w/cwd/one', '/w/home/two'], keys: ['/w/lab/k'] });
  });

  test('names the variable when it is wrong', async () => {
    const env = { LABWARDEN_LIMITS__STOP_GRACE_S: 'soon' };
    await expect(load({ env })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'LABWARDEN_LIMITS__STOP_GRACE_S (environment)  limits.stop_grace_s: found "soon"; expected a number.',
    });
  });

  test.each([
    ['LABWARDEN_TOPLOGY_DIR', 'toplogy_dir', 'topology_dir'],
    ['LABWARDEN_LIMITS__STOP_GRACE', 'limits.stop_grace', 'stop_grace_s'],
    ['LABWARDEN_PLUGIN', 'plugin', 'plugins'],
  ])('%s is refused, with the nearest key', async (variable, key, near) => {
    const message = `(environment)  ${key}: found a key that means nothing here; did you mean "${near}"?`;
    await expect(load({ env: { [variable]: '1' } })).rejects.toThrow(`${variable} ${message}`);
  });

  test.each(['LABWARDEN___PROTO____X', 'LABWARDEN_CONSTRUCTOR__PROTOTYPE__X', 'LABWARDEN_'])(
    '%s reaches no prototype',
    async (name) => {
      await expect(load({ env: { [name]: '1' } })).rejects.toThrow(`${name} (environment)`);
      expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
    },
  );
});

describe('a config that cannot be meant is refused', () => {
  test.each([
    [
      'project: x\nroot: {}',
      '/w/cwd/labwarden.yaml:2:1  root: found a key that means nothing here; did you mean "roots"?',
    ],
    [
      'default_provider: b\nproviders: { a: { plugin: libvirt } }',
      ':1:1  default_provider: found "b"; expected one of the providers: a.',
    ],
    ['providers: {}', ':1:1  providers: found a map; expected at least one provider.'],
    ['providers: { main: {} }', ':1:14  providers.main.plugin: found nothing; expected text.'],
    [
      'plugins: [{ id: clusters }, { id: clusters }]',
      ':1:31  plugins[1].id: found "clusters" a second time; a plugin is loaded once.',
    ],
    ['plugins: [{ path: ./x }]', ':1:11  plugins[0].digest: found nothing; expected text.'],
    ['plugins: [{ id: x, grants: {} }]', ':1:20  plugins[0].grants: found a key that means nothing here'],
    [
      'overlay_dir: /srv/a\nroots: { overlays: /srv/b }',
      ':1:1  overlay_dir: found "/srv/a"; expected a folder beneath roots.overlays: /srv/b.',
    ],
    ['ssh_user: -oProxyCommand', ':1:1  ssh_user: found "-oProxyCommand"; expected a Unix user name.'],
    ['read_only: 1', ':1:1  read_only: found 1; expected true or false.'],
    ['toolsets: [Jobs]', 'toolsets[0]: found "Jobs"; expected lower-case letters'],
    ['secrets: { Big: { env: A } }', 'expected lower-case letters, digits, "_" and "-", a letter first.'],
    ['secrets: { a: { env: LABWARDEN_X } }', 'that does not start with LABWARDEN_'],
    ['secrets: { a: { value: hunter2 } }', 'secrets.a.value: found a key that means nothing here'],
    [
      'secrets: { a: { command: [pass, x] } }',
      'secrets.a.command[0]: found "pass"; expected a program by its absolute path',
    ],
    ['secrets: { a: { command: pass x } }', 'secrets.a.command: '],
    ['ssh_password_secret: a', 'ssh_password_secret: found "a"; expected the name of a secret with guests: true.'],
    [
      'secrets: { a: { env: A }, b: { env: B, guests: true } }\nssh_password_secret: a',
      ':2:1  ssh_password_secret: found "a"; expected one of: b.',
    ],
    ['ssh_key_path: k\nssh_password_secret: a', 'found beside ssh_key_path; expected one of the two.'],
    [
      'ssh_hosts: { big: { host: h, user: u, key_path: /root/id, known_hosts: k } }',
      'ssh_hosts.big.key_path: found "/root/id"; expected a path beneath roots.keys: /w/home/.local/state/labwarden/keys.',
    ],
    [
      'roots: { keys: keys }\nssh_hosts: { big: { host: h, user: u, key_path: keys/../id, known_hosts: k } }',
      'ssh_hosts.big.key_path: found "/w/cwd/id"; expected a path beneath roots.keys: /w/cwd/keys.',
    ],
    [
      'ssh_hosts: { big: { host: -oProxyCommand=x, user: u, key_path: k, known_hosts: k } }',
      'expected a host name or address',
    ],
    ['limits: { idle_exit_s: 0 }', ':1:11  limits.idle_exit_s: found 0; expected at least 1.'],
  ])('%j', async (text, message) => {
    const loading = load({ files: { 'cwd/labwarden.yaml': text }, argvFile: 'labwarden.yaml' });
    await expect(loading).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining(message) });
  });

  test('also when the file that somebody named is not there', async () => {
    await expect(load({ argvFile: '/nowhere.yaml' })).rejects.toThrow(
      '/nowhere.yaml cannot be read: there is no such file (ENOENT).',
    );
  });
});

test.each([
  'a: hunter2',
  'a: { file: [hunter2] }',
  "a: { env: 'hunter2 ' }",
  'a: { command: hunter2 }',
  'a: [hunter2]',
])('a secret that was written into the config itself, as in %j, is not repeated', async (line) => {
  const failing = load({ files: { 'cwd/l.yaml': `secrets: { ${line} }` }, argvFile: 'l.yaml' });
  await expect(failing).rejects.toThrow('secrets.a');
  expect(JSON.stringify(await failing.catch(({ message, details }) => [message, details]))).not.toContain('hunter2');
});

test('secrets come from files, which start at this file, from the environment and from programs', async () => {
  const text = `
ssh_password_secret: login
secrets:
  login: { file: keys/login, guests: true }
  token: { env: LAB_TOKEN }
  vault: { command: [/usr/bin/pass, show, it] }
`;
  expect(await load({ files: { 'cwd/l.yaml': text }, argvFile: 'l.yaml' })).toMatchObject({
    sshPasswordSecret: 'login',
    secrets: {
      login: { file: '/w/cwd/keys/login', guests: true },
      token: { env: 'LAB_TOKEN', guests: false },
      vault: { command: ['/usr/bin/pass', 'show', 'it'], guests: false },
    },
  });
});

test('machines over SSH have a key beneath its root and a known_hosts file', async () => {
  const big = '{ host: big.lab, user: virt, key_path: keys/big, known_hosts: known }';
  const text = `roots: { keys: keys }\nssh_hosts: { big: ${big} }`;
  expect(await load({ files: { 'cwd/l.yaml': text }, argvFile: 'l.yaml' })).toMatchObject({
    sshHosts: {
      big: { host: 'big.lab', port: 22, user: 'virt', keyPath: '/w/cwd/keys/big', knownHosts: '/w/cwd/known' },
    },
  });
});

test('the environment chooses tools too', async () => {
  const env = { LABWARDEN_READ_ONLY: 'true', LABWARDEN_TOOLSETS: '[clusters, jobs]' };
  expect(await load({ env })).toMatchObject({ readOnly: true, toolsets: ['clusters', 'jobs'] });
  expect(await load({ env: { LABWARDEN_TOOLSETS: 'all' } })).toMatchObject({ readOnly: false, toolsets: ['all'] });
  await expect(load({ env: { LABWARDEN_READ_ONLY: 'yes' } })).rejects.toThrow('expected true or false');
});

test('the example is a working lab as it stands: the very defaults', async () => {
  const packageDir = resolve(import.meta.dirname, '../../..');
  const argvFile = join(packageDir, 'config.example.yaml');
  const config = await loadConfig({ argvFile, env: {}, cwd: '/', home: '/home/ada', packageDir });
  const standard = await loadConfig({ env: {}, cwd: '/nowhere', home: '/home/ada', etc: '/nowhere', packageDir });
  expect(config).toEqual({ ...standard, source: argvFile });
});

test('checkpoints go to files beside the config, to programs, and to a syslog that is named as one', async () => {
  const audit = (target: string) => load({ files: { 'etc/labwarden/config.yaml': `audit: { export: [${target}] }` } });
  expect((await audit('{ file: notes }')).audit?.targets).toEqual([{ file: '/w/etc/labwarden/notes' }]);
  expect((await audit('{ command: [push, now] }')).audit?.targets).toEqual([
    { command: ['push', 'now'], timeout_s: 10 },
  ]);
  expect((await audit('{ syslog: "udp:log.lab:514" }')).audit?.targets).toEqual([{ syslog: 'udp:log.lab:514' }]);
  for (const wrong of [
    '{ syslog: "log.lab" }',
    '{ command: "push now" }',
    '{ command: [] }',
    '{}',
    '{ file: a, syslog: "unix:/dev/log" }',
  ])
    await expect(audit(wrong), wrong).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
});

describe('every key is shown', () => {
  const { properties = {} } = z.toJSONSchema(configFile, { io: 'input' });
  const groups = ['roots', 'limits', 'audit', 'confirmation', 'leases', 'capacity'];
  const within = groups.flatMap((outer) => {
    const shape = properties[outer];
    return typeof shape === 'object' ? Object.keys(shape.properties ?? {}).map((key) => `${outer}.${key}`) : [];
  });
  const single = Object.keys(properties).filter((key) => !groups.includes(key));
  const keys = [...single, ...within];
  const read = (file: string) => readFile(resolve(import.meta.dirname, '../../..', file), 'utf8');

  test('there are keys to show, on both levels', () => {
    expect(keys).toEqual(expect.arrayContaining(['topology_dir', 'roots.keys', 'limits.max_output_kb', 'audit.dir']));
  });

  test('in the example', async () => {
    const shown = [...(await read('config.example.yaml')).matchAll(/^[# -]*(\w+):/gm)].map(([, key]) => key);
    expect(keys.filter((key) => !shown.includes(key.split('.').at(-1)))).toEqual([]);
  });

  test('in docs/config.md', async () => {
    const shown = [...(await read('docs/config.md')).matchAll(/^\| `([\w.]+)` +\|/gm)].map(([, key]) => key);
    expect(shown.sort()).toEqual(keys.sort());
  });
});
