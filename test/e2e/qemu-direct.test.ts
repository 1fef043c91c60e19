import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { type Provider, type Vm, z } from 'labwarden/sdk';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { config } from '../../plugins/qemu-direct/config.ts';
import { folders } from '../../plugins/qemu-direct/folders.ts';
import { plugin } from '../../plugins/qemu-direct/index.ts';
import { Qmp } from '../../plugins/qemu-direct/qmp.ts';
import { bootSector } from '../support/boot-sector.ts';
import { mapStore, qemuPorts } from '../support/qemu-ports.ts';
import { quietCall as call } from '../support/quiet-call.ts';
import { clusterOf, vmIn } from '../support/vms.ts';

const store = mapStore();
let folder: string;
let ports: ReturnType<typeof qemuPorts>;
let provider: Feature;
let vms: Vm[];

beforeAll(async () => {
  folder = await mkdtemp(`${tmpdir()}/lw-`);
  for (const name of ['own', 'run', 'overlays', 'images', 'seeds']) await mkdir(`${folder}/${name}`);
  await writeFile(`${folder}/base.raw`, bootSector('Hello from the boot sector.\r\n'));
  execFileSync('qemu-img', [
    'convert',
    '-f',
    'raw',
    '-O',
    'qcow2',
    `${folder}/base.raw`,
    `${folder}/images/base.qcow2`,
  ]);
  // Nothing to boot: the firmware runs on, and hears no power button.
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', `${folder}/images/empty.qcow2`, '64M']);
});

afterAll(() => rm(folder, { recursive: true }));

beforeEach(async () => {
  vms = [vmIn(folder, 'vm-1'), vmIn(folder, 'vm-2')];
  for (const { spec } of vms) await writeFile(spec.seedPath, new Uint8Array(65_536));
  await connect();
});

afterEach(async () => {
  for (const vm of vms) {
    await provider.power.cut(at(vm));
    await provider.define.erase(at(vm));
  }
  await provider.lan.remove(net());
  await provider.close();
});

/** As a lab server that starts does. */
async function connect(overrides: object = {}): Promise<void> {
  ports = qemuPorts(folder, store);
  provider = features(await plugin.connect(config.parse(overrides), ports, call));
}

const at = (vm: Vm) => ({ vm, call });
const net = () => ({ cluster: clusterOf('trio'), members: vms, call });
const host = { host: { id: 'main', name: 'main', provider: 'main' }, call };

/** The features of this provider, all of which must be offered. */
function features({ host, network, vm, state, close }: Provider) {
  const all = { ...host, ...network, ...vm };
  for (const [name, feature] of Object.entries(all)) expect(feature, name).not.toHaveProperty('unsupported');
  return { ...all, state, close } as unknown as Feature;
}

type Offered<T> = { [K in keyof T]-?: Exclude<T[K], { unsupported: string } | undefined> };
type Feature = Offered<Provider['host']> &
  Offered<Provider['network']> &
  Omit<Offered<Provider['vm']>, 'guest'> &
  Pick<Provider, 'state' | 'close'>;

const first = () => vms[0] as Vm;

async function started(vm: Vm): Promise<Vm> {
  await provider.define.create(at(vm));
  await provider.power.start(at(vm));
  return vm;
}

const record = z.object({ running: z.object({ pid: z.int().min(2) }) });

/** As a crash of the program does. */
async function kill(name: string): Promise<void> {
  const { running } = record.parse(JSON.parse(await readFile(`${folder}/processes/qemu-direct/${name}.json`, 'utf8')));
  process.kill(running.pid, 'SIGKILL');
  await ports.process.ended(name);
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

test('the accelerator is one whose guests were seen to run, and the reason says which were not', async () => {
  const { version, accelerator, acceleratorReason } = await provider.capacity.facts(host);
  expect(version).toMatch(/^QEMU \d+\.\d+/);
  expect(acceleratorReason).toMatch(accelerator === 'tcg' ? /KVM.*; using TCG\.$/ : /a probe guest reached its end\.$/);
});

test('the config may insist on TCG', async () => {
  await provider.close();
  await connect({ accelerator: 'tcg' });
  expect(await provider.capacity.facts(host)).toMatchObject({
    accelerator: 'tcg',
    acceleratorReason: 'The config asks for TCG.',
  });
});

test('a VM is absent, stopped, running, stopped and absent again', async () => {
  const states: unknown[] = [await provider.state(at(first()))];
  await provider.define.create(at(first()));
  states.push(await provider.state(at(first())));
  await provider.power.start(at(first()));
  states.push(await provider.state(at(first())));
  expect(await provider.inventory.list(host)).toEqual([{ id: 'vm-1', state: 'running' }]);
  await provider.power.cut(at(first()));
  states.push(await provider.state(at(first())));
  await provider.define.erase(at(first()));
  states.push(await provider.state(at(first())));
  expect(states).toEqual(['absent', 'stopped', 'running', 'stopped', 'absent']);
  expect(await exists(first().spec.disk.path)).toBe(false);
});

test('a running VM goes on while the lab server is away, and is known again by its UUID', async () => {
  const vm = await started(first());
  const before = await provider.endpoint.ssh(at(vm));
  await provider.close();
  await connect();
  expect(await provider.state(at(vm))).toBe('running');
  expect(await provider.endpoint.ssh(at(vm))).toEqual(before);
  await provider.power.start(at(vm)); // stays as it is
  await provider.power.cut(at(vm));
  expect(await provider.state(at(vm))).toBe('stopped');
});

test('the first monitor being held by another client does not hide a VM', async () => {
  const vm = await started(first());
  const holder = features(await plugin.connect(config.parse({}), qemuPorts(folder, store), call));
  await provider.close();
  expect(await holder.state(at(vm))).toBe('running');
  await connect({ qmp_timeout_ms: 1_000 });
  expect(await provider.state(at(vm))).toBe('running');
  await holder.close();
});

test('a VM whose QEMU was killed is stopped, and starts again', async () => {
  const vm = await started(first());
  await kill(vm.id);
  expect(await provider.state(at(vm))).toBe('stopped');
  await expect(provider.endpoint.ssh(at(vm))).rejects.toMatchObject({ code: 'CONFLICT' });
  await provider.power.start(at(vm));
  expect(await provider.state(at(vm))).toBe('running');
});

/** What the VM has printed, once these words are among it. */
async function printed(vm: Vm, words: string): Promise<string> {
  for (;;) {
    const text = Buffer.from(await provider.console.tail(at(vm), 65_536)).toString();
    if (text.includes(words)) return text;
    await ports.clock.sleep(20);
  }
}

test('the image boots through the overlay, and what it prints stands on the console', async () => {
  const vm = await started(first());
  expect(await printed(vm, 'boot sector')).toContain('Hello from the boot sector.');
  expect(Buffer.from(await provider.console.tail(at(vm), 9)).toString()).toBe('sector.\r\n');
});

test('a guest that is asked to stop stops, and its QEMU ends', async () => {
  const vm = await started(first());
  await printed(vm, 'Hello');
  await provider.power.shutdown(at(vm), 60_000);
  expect(await provider.state(at(vm))).toBe('stopped');
  expect(await ports.files.list(`${folder}/run`)).toEqual([]);
});

test('a paused VM says so, and start lets it go on', async () => {
  const vm = await started(first());
  await onSecondMonitor(vm, 'stop');
  expect(await provider.state(at(vm))).toBe('paused');
  await expect(provider.power.shutdown(at(vm), 1_000)).rejects.toMatchObject({ code: 'CONFLICT' });
  await provider.power.start(at(vm));
  expect(await provider.state(at(vm))).toBe('running');
});

test('a guest that ignores the power button is a TIMEOUT, and still runs', async () => {
  const image = { path: `${folder}/images/empty.qcow2`, format: 'qcow2' as const };
  const vm = await started({ ...first(), spec: { ...first().spec, image } });
  await expect(provider.power.shutdown(at(vm), 300)).rejects.toMatchObject({ code: 'TIMEOUT' });
  expect(await provider.state(at(vm))).toBe('running');
});

test('a start that QEMU refuses is told in the words of QEMU', async () => {
  await provider.define.create(at(first()));
  await rm(first().spec.seedPath);
  const start = provider.power.start(at(first()));
  await expect(start).rejects.toMatchObject({
    code: 'PROVIDER_FAILED',
    message: expect.stringContaining('No such file'),
  });
  expect(await provider.state(at(first()))).toBe('stopped');
});

test('a port that another program took is given up for the next', async () => {
  const vm = await started(first());
  const { port } = await provider.endpoint.ssh(at(vm));
  await provider.power.cut(at(vm));
  const taker = createServer().listen(port, '127.0.0.1');
  await new Promise((resolve) => taker.once('listening', resolve));
  await provider.power.start(at(vm));
  expect((await provider.endpoint.ssh(at(vm))).port).not.toBe(port);
  taker.close();
});

test('the SSH port answers on 127.0.0.1 and nowhere else', async () => {
  const vm = await started(first());
  const { port } = await provider.endpoint.ssh(at(vm));
  const listening = execFileSync('ss', ['-ltnH', `sport = :${port}`], { encoding: 'utf8' });
  expect(listening.trim().split('\n')).toHaveLength(1);
  expect(listening).toContain(`127.0.0.1:${port}`);
});

test('what nobody has used is taken back with its disk; what was started keeps it', async () => {
  const [one, two] = vms as [Vm, Vm];
  await provider.define.create(at(one));
  await provider.define.discard(at(one));
  expect(await exists(one.spec.disk.path)).toBe(false);
  await started(two);
  await expect(provider.define.discard(at(two))).rejects.toMatchObject({ code: 'CONFLICT' });
  await provider.power.cut(at(two));
  await provider.define.discard(at(two));
  expect(await provider.state(at(two))).toBe('absent');
  expect(await exists(two.spec.disk.path)).toBe(true);
});

test('disks on every bus are found by QEMU under the formats they were declared with', async () => {
  const disk = (name: string, bus: 'virtio' | 'scsi' | 'sata') => ({
    path: `${folder}/overlays/vm-1/${name}`,
    sizeGb: 1,
    bus,
  });
  const extraDisks = [disk('a', 'sata'), disk('b', 'scsi'), disk('c', 'virtio'), disk('d', 'sata'), disk('e', 'scsi')];
  const vm = { ...first(), spec: { ...first().spec, extraDisks } };
  vms[0] = vm;
  await started(vm);
  const said = JSON.stringify(await onSecondMonitor(vm, 'query-block'));
  const names = [...said.matchAll(/"node-name":"(\w+)"/g)].map(([, name]) => name);
  expect(names.toSorted()).toEqual(['disk0', 'disk1', 'disk2', 'disk3', 'disk4', 'disk5', 'seed']);
});

/** As a person's own tools would, beside the provider. */
async function onSecondMonitor(vm: Vm, command: string): Promise<unknown> {
  const [, path] = paths().vm(vm.id).monitors;
  const qmp = await Qmp.open(await ports.dial.open({ unix: path }), 10_000);
  const answer = await qmp.execute(command);
  await qmp.close();
  return answer;
}

const paths = () => folders({ own: `${folder}/own`, run: `${folder}/run` });

test('the console of a VM that never ran is empty', async () => {
  expect(await provider.console.tail(at(first()), 100)).toHaveLength(0);
});

const report = z.object({ ports: z.record(z.string(), z.object({ connected: z.boolean() })) });

/** Waits until the switch holds a connection to each of these nodes. */
async function connected(...names: string[]): Promise<void> {
  for (;;) {
    const pipe = await ports.dial.open({ unix: paths().control('trio') });
    await pipe.write(Buffer.from('{"get":true}\n'));
    const { ports: known } = report.parse(JSON.parse(Buffer.from((await pipe.read()) ?? []).toString()));
    await pipe.close();
    if (names.every((name) => known[name]?.connected)) return;
    await ports.clock.sleep(20);
  }
}

test('a cluster’s switch dials its VMs, outlives the lab server, and is made again when it was killed', async () => {
  expect(await provider.lan.active(net())).toBe(false);
  await provider.lan.define(net());
  expect(await provider.lan.active(net())).toBe(true);
  for (const vm of vms) await started(vm);
  await connected('node1', 'node2');
  await provider.close();
  await connect();
  expect(await provider.lan.active(net())).toBe(true);
  await kill('switch-trio');
  expect(await provider.lan.active(net())).toBe(false);
  await provider.lan.define(net());
  await connected('node1', 'node2');
  await provider.lan.remove(net());
  expect(await provider.lan.active(net())).toBe(false);
});

test('free capacity is what this host has, less the vCPUs of what runs', async () => {
  const before = await provider.capacity.free(host);
  await started(first());
  const after = await provider.capacity.free(host);
  expect(before.vcpus - after.vcpus).toBe(1);
  expect(after.memoryMb).toBeGreaterThan(0);
  expect(after.diskGb).toBeGreaterThan(0);
});
