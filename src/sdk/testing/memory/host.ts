import type { Capacity, Inventory } from '../../features.ts';
import type { World } from './world.ts';

export interface Capacities {
  readonly vcpus: number;
  readonly memoryMb: number;
  readonly diskGb: number;
}

export const inventory = (world: World): Inventory => ({
  async list() {
    const known = async (id: string) => ({ id, state: (await world.vm(id))?.state ?? ('absent' as const) });
    return await Promise.all((await world.ids()).map(known));
  },
});

export const capacity = (world: World, all: Capacities): Capacity => ({
  facts: async () => ({ version: 'memory 1', accelerator: 'none', acceleratorReason: 'Nothing here runs code.' }),
  async free() {
    const vms = await Promise.all((await world.ids()).map((id) => world.vm(id)));
    const left = (of: keyof Capacities) => vms.reduce((rest, vm) => rest - (vm?.[of] ?? 0), all[of]);
    return { vcpus: left('vcpus'), memoryMb: left('memoryMb'), diskGb: left('diskGb') };
  },
});
