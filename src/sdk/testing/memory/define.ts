import { LabError } from '../../errors.ts';
import type { AtVm, Define } from '../../features.ts';
import type { Vm } from '../../subjects.ts';
import { diskPaths, type World } from './world.ts';

/** The definition comes last and goes last, so that a VM that is not absent has all its disks. */
export const define = (world: World): Define => ({
  async create({ vm }) {
    for (const path of diskPaths(vm)) if (!(await world.disk(path))) await world.setDisk(path, { freshFor: vm.id });
    const { vcpus, memoryMb, diskGb } = vm;
    if (!(await world.vm(vm.id))) await world.setVm(vm.id, { state: 'stopped', console: '', vcpus, memoryMb, diskGb });
    return { ref: `memory-${vm.id}` };
  },

  async discard(at) {
    await refuseRunning(world, at);
    for (const path of await freshDisks(world, at.vm)) await world.removeDisk(path);
    await world.removeVm(at.vm.id);
  },

  async remove(at) {
    await refuseRunning(world, at);
    await keepDisks(world, at.vm);
    await world.removeVm(at.vm.id);
  },

  async erase(at) {
    await refuseRunning(world, at);
    for (const path of diskPaths(at.vm)) await world.removeDisk(path);
    await world.removeVm(at.vm.id);
  },
});

/** From now on they may hold something, and nothing but `erase` takes them away. */
export async function keepDisks(world: World, vm: Vm): Promise<void> {
  for (const path of await freshDisks(world, vm)) await world.setDisk(path, { freshFor: '' });
}

async function freshDisks(world: World, vm: Vm): Promise<readonly string[]> {
  const disks = await Promise.all(diskPaths(vm).map(async (path) => ({ path, disk: await world.disk(path) })));
  return disks.flatMap(({ path, disk }) => (disk?.freshFor === vm.id ? [path] : []));
}

async function refuseRunning(world: World, { vm }: AtVm): Promise<void> {
  const found = await world.vm(vm.id);
  if (found?.state === 'running') throw new LabError('CONFLICT', `"${vm.name}" is running; stop it first.`);
}
