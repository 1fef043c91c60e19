import type { Inventory } from 'labwarden/sdk';
import type { Host } from './host.ts';
import { vmState } from './vm-state.ts';

/** QEMU keeps no list of its own, so that these are the VMs labwarden made. */
export const inventory = (host: Host): Inventory => ({
  async list() {
    const ids = await host.definitions.ids();
    const known = async (id: string) => ({ id, state: await vmState(host, id).catch(() => 'unknown' as const) });
    return await Promise.all(ids.map(known));
  },
});
