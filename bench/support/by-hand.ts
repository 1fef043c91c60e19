import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Values, Vm } from 'labwarden/sdk';
import { noCloudSeed } from 'labwarden/sdk/nocloud';
import { qemuValues, type Running } from '../../plugins/qemu-direct/argv.ts';
import { config } from '../../plugins/qemu-direct/config.ts';
import { folders } from '../../plugins/qemu-direct/folders.ts';
import { hostArch } from '../../plugins/qemu-direct/machine.ts';
import { argv } from '../../src/ports/argv.ts';
import { newKey } from '../../src/ports/guest/openssh.ts';
import { qemuManifest } from '../../test/support/qemu-ports.ts';
import { vmIn } from '../../test/support/vms.ts';
import { images, tiny } from './guest-lab.ts';
import { type Login, Shell } from './ssh.ts';

/** VMs that somebody starts by hand: the very programs and arguments of ours, and nothing around them. */
export interface ByHand extends AsyncDisposable {
  readonly shells: readonly Shell[];
}

/** Changes what QEMU is told of one VM. */
export type Twist = (values: Values, index: number, lan: (index: number) => string) => Promise<Values>;

const firstPort = 33_000;

/** Starts so many at once, from nothing, and resolves when all have let us in. */
export async function byHand(parent: string, count: number, twist: Twist = async (values) => values): Promise<ByHand> {
  await using opened = new AsyncDisposableStack();
  const dir = await mkdtemp(join(parent, 'h'));
  opened.defer(() => rm(dir, { recursive: true }));
  for (const name of ['own', 'run', 'overlays', 'seeds']) await mkdir(join(dir, name));
  const host = running(dir);
  const login = await newKey('bench');
  const vms = Array.from({ length: count }, (_, index) => vmOf(dir, index));
  const lan = (index: number) => host.folders.vm(vms[index]?.id ?? '').lan;
  const started = vms.map(async (vm, index) => {
    await make(vm, login.publicKey, host);
    const values = await twist(qemuValues(host, vm, firstPort + index), index, lan);
    opened.use(begun(values));
    return await Shell.patiently(enter(index, login.privateKey));
  });
  const shells = (await Promise.all(started)).map((shell) => opened.use(shell));
  const resources = opened.move();
  return { shells, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

const enter = (index: number, privateKey: string): Login => ({ port: firstPort + index, user: 'root', privateKey });

const running = (dir: string): Running => ({
  arch: hostArch() ?? 'x86_64',
  verdict: { accelerator: 'tcg', reason: 'The lab that is measured uses it too.' },
  config: config.parse({ accelerator: 'tcg' }),
  folders: folders({ own: join(dir, 'own'), run: join(dir, 'run') }),
});

function vmOf(dir: string, index: number): Vm {
  const vm = vmIn(dir, `hand-${index + 1}`, { memoryMb: tiny.memoryMb });
  const boot = {
    kernel: join(images, tiny.boot.kernel),
    initrd: join(images, tiny.boot.initrd),
    cmdline: tiny.boot.cmdline,
  };
  return { ...vm, spec: { ...vm.spec, image: { path: join(images, tiny.image), format: 'qcow2', boot } } };
}

async function make({ id, name, spec }: Vm, authorized: string, host: Running): Promise<void> {
  const { privateKey, publicKey } = await newKey('host');
  const seed = noCloudSeed({
    ...{ instanceId: id, hostname: name, user: 'root', authorizedKeys: [authorized] },
    hostKey: { private: privateKey, public: publicKey },
    nics: spec.nics.map(({ mac, address }) => ({ mac, address })),
  });
  await writeFile(spec.seedPath, seed);
  await mkdir(join(spec.disk.path, '..'), { recursive: true });
  await mkdir(host.folders.vm(id).folder, { recursive: true });
  const overlay = ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', spec.image.path, '--', spec.disk.path];
  await promisify(execFile)('qemu-img', overlay);
}

function begun(values: Values): AsyncDisposable {
  const template = qemuManifest.ports?.process?.[`qemu-${hostArch() ?? 'x86_64'}`];
  const [program = '', ...args] = argv(template?.argv ?? [], values, { node: '', switch: '' });
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  return { [Symbol.asyncDispose]: () => ended(child) };
}

async function ended(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  if (child.exitCode === null) await exit;
}
