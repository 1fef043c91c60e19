import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { Client } from 'ssh2';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { cleanUp } from '../../scripts/demo/clean-up.ts';
import { connect, type DemoClient, Refused } from '../../scripts/demo/client.ts';
import { makePlace, type Place, root } from '../../scripts/demo/place.ts';
import { bootSector } from '../support/boot-sector.ts';

/** Three real guests for the whole file; each test leaves them running. */
let place: Place;
let client: DemoClient;
const cluster_name = 'demo';

const typed = (message: string) => /Type "([^"]+)"/.exec(message)?.[1] ?? '';

beforeAll(async () => {
  place = await makePlace();
  client = await connect(place, typed);
  await client.call('cluster_define', { topology_name: 'example-3node' });
  await client.call('cluster_start', { cluster_name });
});

afterAll(async () => {
  await client.close();
  await cleanUp(place);
  expect(programs()).toEqual([]);
  await place[Symbol.asyncDispose]();
});

/** Command lines of what this lab runs: QEMUs, switches, the lab server. */
const programs = (): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return `${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`;
      } catch {
        return '';
      }
    })
    .filter((line) => line.includes(place.dir) && !line.includes('vitest'));

const pidsOf = (what: RegExp): number[] =>
  programs().flatMap((line) => (what.test(line) ? [Number.parseInt(line, 10)] : []));

const exec = (node_name: string, command: string, more: object = {}) =>
  client.call('node_exec', { cluster_name, node_name, command, ...more });

const nodes = async () =>
  (await client.call('cluster_status', { cluster_name }))['nodes'] as {
    name: string;
    domain_state: string;
    ssh_reachable: boolean;
  }[];

const labPid = () => {
  const { stdout } = spawnSync(`${root}/labwarden`, ['status', '--config', place.config], { env: place.env });
  return Number(/process (\d+)/.exec(String(stdout))?.[1]);
};

/** As a power cut for the lab server alone; the guests go on. */
async function killServer(): Promise<void> {
  process.kill(labPid(), 'SIGKILL');
  await client.close();
  client = await connect(place, typed);
}

test('a command answers with its exit code, both streams and its own limits', async () => {
  expect(await exec('server', 'echo out; echo err >&2; exit 7')).toMatchObject({
    exit_code: 7,
    stdout: 'out\n',
    stderr: 'err\n',
    timed_out: false,
    truncated: false,
  });
  expect(await exec('server', 'echo begun; exec sleep 60', { timeout_s: 1 })).toMatchObject({
    exit_code: null,
    timed_out: true,
    stdout: 'begun\n',
  });
  const big = await exec('server', 'head -c 200000 /dev/zero | tr "\\0" x');
  expect(big).toMatchObject({ exit_code: 0, truncated: true });
  expect(String(big['stdout']).length).toBe(65_536);
});

test('each node has its own name and address, and they reach each other only through their network', async () => {
  const answer = await client.call('node_exec_all', {
    cluster_name,
    command:
      'hostname; ip -4 -o addr show eth1 | tr -s " " | cut -d" " -f4; ping -c1 -W5 10.77.0.11 >/dev/null && echo reached',
  });
  const said = Object.values(answer['results'] as Record<string, { stdout: string }>).map(({ stdout }) =>
    stdout.trim().split('\n'),
  );
  expect(said).toEqual([
    ['server', '10.77.0.11/24', 'reached'],
    ['client1', '10.77.0.21/24', 'reached'],
    ['client2', '10.77.0.22/24', 'reached'],
  ]);
});

interface Door {
  readonly ssh_host: string;
  readonly ssh_port: number;
  readonly ssh_user: string;
  readonly ssh_key_path: string;
  readonly known_hosts_path: string;
}

test('cluster_handle hands out a door that a program of its own can use', async () => {
  const handle = await client.call('cluster_handle', { cluster_name });
  expect(handle).toMatchObject({
    cluster_name,
    artifact_path: null,
    kernel_version: expect.stringMatching(/^\d+\.\d+/),
  });
  const [door] = handle['nodes'] as [Door];
  expect(door.ssh_host).toBe('127.0.0.1');
  const known = readFileSync(door.known_hosts_path, 'utf8').split(' ')[2]?.trim();
  const said = await new Promise((resolve, reject) => {
    const ssh = new Client();
    ssh.on('error', reject).on('ready', () =>
      ssh.exec('hostname', (error, channel) => {
        if (error) return reject(error);
        channel.on('data', (data: Buffer) => resolve(String(data).trim())).on('close', () => ssh.end());
      }),
    );
    ssh.connect({
      ...{
        host: door.ssh_host,
        port: door.ssh_port,
        username: door.ssh_user,
        privateKey: readFileSync(door.ssh_key_path),
      },
      hostVerifier: (key: Buffer) => key.toString('base64') === known,
    });
  });
  expect(said).toBe('server');
});

test('the forwarded SSH ports listen on 127.0.0.1 and nowhere else', async () => {
  const handle = await client.call('cluster_handle', { cluster_name });
  const ports = (handle['nodes'] as Door[]).map(({ ssh_port }) => ssh_port);
  // proc(5), /proc/net/tcp: local address in hex, then the port; state 0A is LISTEN.
  const listening = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state]) => state === '0A')
    .map(([, local = '']) => local.split(':'));
  for (const port of ports) {
    const at = listening.filter(([, hex = '']) => Number.parseInt(hex, 16) === port).map(([address]) => address);
    expect(at).toEqual(['0100007F']);
  }
});

test('guests outlive a lab server that was killed, and the next one has them all again', async () => {
  await exec('client1', 'echo before > /root/mark');
  const before = pidsOf(/qemu-system/);
  await killServer();
  expect(await nodes()).toMatchObject([1, 2, 3].map(() => ({ domain_state: 'running', ssh_reachable: true })));
  expect(await exec('client1', 'cat /root/mark')).toMatchObject({ stdout: 'before\n' });
  expect(pidsOf(/qemu-system/)).toEqual(before);
});

test('a QEMU that dies is a stopped node, a switch that dies is a dead network, and cluster_start mends both', async () => {
  const [qemu] = pidsOf(/qemu-system.*-name [^ ]*/);
  const [network] = pidsOf(/switch\/main/);
  process.kill(Number(qemu), 'SIGKILL');
  process.kill(Number(network), 'SIGKILL');
  await vi.waitFor(
    async () =>
      expect((await nodes()).map(({ domain_state }) => domain_state).sort()).toEqual(['running', 'running', 'stopped']),
    { timeout: 30_000 },
  );
  expect(await client.call('cluster_status', { cluster_name })).toMatchObject({ network_active: false });
  expect(await client.call('cluster_start', { cluster_name })).toMatchObject({ network_active: true });
  expect(
    await exec('client2', 'ping -c1 -W10 10.77.0.11 >/dev/null && ping -c1 -W10 10.77.0.21 >/dev/null && echo both'),
  ).toMatchObject({ stdout: 'both\n' });
});

test('kill -9 of the lab server in the middle of cluster_start is finished by the next one', async () => {
  await client.call('cluster_stop', { cluster_name });
  expect((await nodes()).map(({ domain_state }) => domain_state)).toEqual(['stopped', 'stopped', 'stopped']);
  const gone = client.call('cluster_start', { cluster_name }).catch((reason: unknown) => reason);
  await vi.waitFor(() => expect(pidsOf(/qemu-system/).length).toBeGreaterThan(0), { timeout: 30_000, interval: 5 });
  await killServer();
  await gone;
  await vi.waitFor(
    async () => expect(await client.call('cluster_start', { cluster_name })).toMatchObject({ network_active: true }),
    { timeout: 120_000, interval: 500 },
  );
  expect(await nodes()).toMatchObject([1, 2, 3].map(() => ({ domain_state: 'running', ssh_reachable: true })));
});

test('what was destroyed and kept its overlays comes back with them, under new host keys', async () => {
  await exec('client1', 'echo kept > /root/mark; sync');
  await client.call('cluster_destroy', { cluster_name });
  expect(pidsOf(/qemu-system|switch\/main/)).toEqual([]);
  await expect(client.call('cluster_status', { cluster_name })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await client.call('cluster_define', { topology_name: 'example-3node' });
  await client.call('cluster_start', { cluster_name });
  expect(await exec('client1', 'cat /root/mark')).toMatchObject({ stdout: 'kept\n' });
});

test('a guest that never answers SSH is reported with its stage and the end of its console', async () => {
  const images = join(place.dir, 'images');
  await mkdir(join(place.dir, 'state', 'images'), { recursive: true });
  await mkdir(images, { recursive: true });
  await writeFile(join(images, 'mute.raw'), bootSector('I print, and that is all I do.\r\n'));
  const topologies = join(place.dir, 'topologies');
  await mkdir(topologies, { recursive: true });
  await writeFile(
    join(topologies, 'mute.yaml'),
    stringify({
      cluster_name: 'mute',
      base_image: 'mute.raw',
      network: { bridge: 'lw-mute', subnet: '10.78.0.0/24' },
      nodes: [{ name: 'one', memory_mb: 64, ip: '10.78.0.11' }],
    }),
  );
  await using other = await makePlace({ topology_dir: topologies, roots: { images } });
  const mute = await connect(other, typed);
  try {
    await mute.call('cluster_define', { topology_name: 'mute' });
    const refusal = await mute
      .call('cluster_start', { cluster_name: 'mute', ssh_timeout_s: 6 })
      .catch((reason: unknown) => reason);
    expect(refusal).toBeInstanceOf(Refused);
    expect(refusal).toMatchObject({ code: 'TIMEOUT', message: expect.stringMatching(/"mute\/one".*"connect"/) });
    expect((refusal as Refused).details).toMatchObject({
      failures: { one: { stage: 'connect', console: expect.stringContaining('that is all I do') } },
    });
  } finally {
    await mute.close();
    await cleanUp(other);
  }
});

test('nothing but this user can enter the lab', () => {
  const socket = readdirSync(join(place.dir, 'labwarden')).find((name) => name.endsWith('.sock'));
  const mode = execFileSync('stat', ['-c', '%a', join(place.dir, 'labwarden', String(socket))], { encoding: 'utf8' });
  expect(mode.trim()).toBe('600');
  expect(existsSync(join(place.dir, 'labwarden'))).toBe(true);
  createConnection(join(place.dir, 'labwarden', String(socket))).destroy();
});

test('the audit log of all this is whole', () => {
  const { status, stdout } = spawnSync(`${root}/labwarden`, ['audit', 'verify', '--config', place.config], {
    env: place.env,
  });
  expect([status, String(stdout)]).toEqual([0, expect.stringMatching(/^whole: /)]);
});
