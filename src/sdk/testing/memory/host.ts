import type { Capacity, Inventory, Room } from '../../features.ts';
import type { World } from './world.ts';

export const inventory = (world: World): Inventory => ({
  async list() {
    const known = async (id: string) => ({ id, state: (await world.vm(id))?.state ?? ('absent' as const) });
    return await Promise.all((await world.ids()).map(known));
  },
});

export const capacity = (world: World, all: Room): Capacity => ({
  facts: async () => ({ version: 'memory 1', accelerator: 'none', acceleratorReason: 'Nothing here runs code.' }),
  async free() {
    const vms = await Promise.all((await world.ids()).map((id) => world.vm(id)));
    const on = vms.filter((vm) => vm?.state === 'running');
    const left = (of: keyof Room, by: typeof vms) => by.reduce((rest, vm) => rest - (vm?.[of] ?? 0), all[of]);
    return { vcpus: left('vcpus', on), memoryMb: left('memoryMb', on), diskGb: left('diskGb', vms) };
  },
  total: async () => ({ vcpus: all.vcpus, memoryMb: all.memoryMb }),
});
