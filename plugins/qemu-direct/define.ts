import { type AtVm, type Define, LabError, type Values, type Vm } from 'labwarden/sdk';
import type { Host } from './host.ts';
import { tidy } from './power.ts';
import { powerState } from './vm-state.ts';

/**
 * The definition comes last and goes last: a VM that is not absent has all its disks, and of one that is absent at most
 * leftovers lie around, which `create`, `discard` and `erase` know by their names. A call that was stopped changes nothing any
 * more: others may have its VM by then. The kernel has made sure that what lies at a disk's path is labwarden's.
 */
export const define = (host: Host): Define => ({
  async create({ vm, call }) {
    refuseSecondLan(vm);
    for (const disk of disksOf(vm)) await make(host, { vm, call }, disk);
    const definition = await host.definitions.get(vm.id);
    call.signal.throwIfAborted();
    await host.definitions.set(vm.id, { ...definition, vcpus: vm.vcpus });
    return {};
  },

  async discard(at) {
    await refuseRunning(host, at);
    await removeAll(host, at, await host.definitions.fresh(at.vm.id));
    await undefine(host, at);
  },

  async remove(at) {
    await refuseRunning(host, at);
    await undefine(host, at);
  },

  async erase(at) {
    await refuseRunning(host, at);
    const paths = disksOf(at.vm).map(({ path }) => path);
    await removeAll(host, at, paths);
    await undefine(host, at);
  },
});

interface Disk {
  readonly path: string;
  /** The exec template that makes it, and its values but for the path. */
  readonly template: 'overlay' | 'disk';
  readonly values: Values;
}

const disksOf = ({ spec: { image, disk, extraDisks } }: Vm): readonly Disk[] => [
  { path: disk.path, template: 'overlay', values: { format: image.format, base: image.path } },
  ...extraDisks.map(({ path, sizeGb }): Disk => ({ path, template: 'disk', values: { sizeGb: String(sizeGb) } })),
];

/** Made under another name and renamed, so that a crash leaves no half of a disk; noted as ours first, so that it can be taken back. */
async function make({ hands, definitions }: Host, { vm, call }: AtVm, disk: Disk): Promise<void> {
  const { path, template, values } = disk;
  call.signal.throwIfAborted();
  if (await hands.files.stat(path)) return;
  const fresh = await definitions.fresh(vm.id);
  if (!fresh.includes(path)) await definitions.setFresh(vm.id, [...fresh, path]);
  await hands.files.makeFolder(path.slice(0, path.lastIndexOf('/')));
  await hands.files.remove(unfinished(path));
  const { exitCode, stderr } = await hands.exec.run(template, { ...values, path: unfinished(path) });
  if (exitCode !== 0) throw new LabError('PROVIDER_FAILED', `No disk for "${vm.name}": ${stderr.trim()}`);
  call.signal.throwIfAborted();
  await hands.files.rename(unfinished(path), path);
}

const unfinished = (path: string): string => `${path}.unfinished`;

const removeAll = async ({ hands }: Host, { call }: AtVm, paths: readonly string[]): Promise<void> => {
  for (const path of paths) {
    call.signal.throwIfAborted();
    await hands.files.remove(unfinished(path));
    await hands.files.remove(path);
  }
};

async function undefine(host: Host, { vm, call }: AtVm): Promise<void> {
  call.signal.throwIfAborted();
  const { folder, console } = host.folders.vm(vm.id);
  await tidy(host, vm.id);
  await host.hands.files.remove(console);
  await host.hands.files.remove(folder);
  await host.definitions.forgetFresh(vm.id);
  await host.definitions.remove(vm.id);
}

async function refuseRunning(host: Host, { vm }: AtVm): Promise<void> {
  const state = await powerState(host, vm.id);
  if (state !== 'stopped') throw new LabError('CONFLICT', `"${vm.name}" is ${state}; stop it first.`);
}

function refuseSecondLan({ name, spec }: Vm): void {
  if (spec.nics.filter(({ on }) => on === 'cluster').length <= 1) return;
  throw new LabError(
    'UNSUPPORTED',
    `"${name}" asks for two cards on the cluster's network; qemu-direct gives a VM one.`,
  );
}
