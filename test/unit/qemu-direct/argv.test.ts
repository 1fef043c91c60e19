import { readFileSync } from 'node:fs';
import { manifest, type Vm } from 'labwarden/sdk';
import { expect, test } from 'vitest';
import { qemuValues, type Running } from '../../../plugins/qemu-direct/argv.ts';
import { config } from '../../../plugins/qemu-direct/config.ts';
import { folders, uuid } from '../../../plugins/qemu-direct/folders.ts';
import { argv } from '../../../src/ports/argv.ts';
import { vmIn } from '../../support/vms.ts';

const text = readFileSync(new URL('../../../plugins/qemu-direct/plugin.json', import.meta.url), 'utf8');
const templates = manifest.parse(JSON.parse(text)).ports.process ?? {};

const host = (overrides: Partial<Running> = {}): Running => ({
  arch: 'x86_64',
  verdict: { accelerator: 'tcg', reason: 'The config asks for TCG.' },
  config: config.parse({ sandbox: false }),
  folders: folders({ own: '/var/lib/lab', run: '/run/lab', overlays: '/overlays' }),
  ...overrides,
});

/** The words QEMU would see, each option with its value. */
function options(vm: Vm, running = host()): string[] {
  const words = templates[`qemu-${running.arch}`]?.argv ?? [];
  const [, ...args] = argv(words, qemuValues(running, vm, 20_022), { node: 'node', switch: 'switch' });
  return args.join(' ').split(/ (?=-[a-zA-Z])/);
}

const vm = vmIn('/lab', 'vm-1');
const withSpec = (spec: Partial<Vm['spec']>): Vm => ({ ...vm, spec: { ...vm.spec, ...spec } });

test('an emulated VM gets every CPU feature, and little memory for translated code', () => {
  expect(options(vm)).toEqual(
    expect.arrayContaining(['-M q35', '-accel tcg,thread=multi,tb-size=32', '-cpu max', '-m 64M', '-smp 1']),
  );
});

test('under KVM a VM gets the CPU of the host', () => {
  const words = options(vm, host({ verdict: { accelerator: 'kvm', reason: '' } }));
  expect(words).toEqual(expect.arrayContaining(['-accel kvm', '-cpu host']));
});

test('the whole line of an ordinary VM', () => {
  expect(options(vm)).toMatchSnapshot();
});

test.runIf(process.platform === 'linux')('on Linux QEMU may start no program and change no privilege', () => {
  const words = options(vm, host({ config: config.parse({}) }));
  const sandbox = words.find((word) => word.startsWith('-sandbox ')) ?? '';
  expect(sandbox.split(/[ ,]/)).toEqual(expect.arrayContaining(['on', 'spawn=deny', 'elevateprivileges=deny']));
});

test('an aarch64 VM that boots itself gets a virt board and firmware; one with a kernel gets no firmware', () => {
  const arm = host({ arch: 'aarch64' });
  expect(options(vm, arm)).toEqual(expect.arrayContaining(['-M virt', '-bios edk2-aarch64-code.fd']));
  const boot = { kernel: '/images/vmlinuz', initrd: '/images/initrd', cmdline: 'root=/dev/vda1 console=ttyAMA0' };
  const direct = options(withSpec({ image: { ...vm.spec.image, boot } }), arm);
  expect(direct).toEqual(
    expect.arrayContaining([
      '-kernel /images/vmlinuz',
      '-initrd /images/initrd',
      '-append root=/dev/vda1 console=ttyAMA0',
    ]),
  );
  expect(direct.join(' ')).not.toContain('-bios');
});

test('a path with commas and quotes stays one value', () => {
  const path = '/overlays/a,readonly=on","driver":"host_device/disk.qcow2';
  const { blockdevs } = qemuValues(host(), withSpec({ disk: { path } }), 20_022);
  expect(JSON.parse(String(blockdevs?.[0]))).toMatchObject({
    driver: 'qcow2',
    file: { driver: 'file', filename: path },
  });
});

test('the image is opened read-only under its declared format, and its own backing file is not followed', () => {
  const { blockdevs } = qemuValues(host(), vm, 20_022);
  const backing = { driver: 'qcow2', 'read-only': true, backing: null, file: { filename: '/lab/images/base.qcow2' } };
  expect(JSON.parse(String(blockdevs?.[0]))).toMatchObject({ backing });
});

test('SSH is forwarded from 127.0.0.1 alone, also for guests cut off from the internet', () => {
  const cutOff = host({ config: config.parse({ internet: false }) });
  const { netdevs } = qemuValues(cutOff, vm, 20_022);
  expect(JSON.parse(String(netdevs?.[0]))).toMatchObject({
    restrict: true,
    hostfwd: [{ str: 'tcp:127.0.0.1:20022-:22' }],
  });
});

test('each VM has a UUID of its own, the same after every start', () => {
  expect(uuid('vm-1')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(uuid('vm-1')).toBe(uuid('vm-1'));
  expect(uuid('vm-1')).not.toBe(uuid('vm-2'));
});

test('sockets stay short however long an id is', () => {
  const { lan, monitors } = folders({ own: '/o', run: '/run/lab' }).vm('v'.repeat(100));
  expect([lan, ...monitors].map((path) => path.length)).toEqual([25, 24, 24]);
});

test.for(['../x', 'a/b', '-x', 'a,b', ''])('"%s" is no id for a VM', (id) => {
  expect(() => folders({ own: '/o', run: '/r' }).vm(id)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
});

test.for([`/run/${'x'.repeat(100)}`, '/run/a,b'])('the run folder %s is refused at the start', (run) => {
  expect(() => folders({ own: '/o', run })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
});
