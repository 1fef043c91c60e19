import type { Console } from '../../features.ts';
import type { World } from './world.ts';

export const console = (world: World): Console => ({
  async tail({ vm }, bytes) {
    const printed = new TextEncoder().encode((await world.vm(vm.id))?.console);
    return printed.slice(Math.max(0, printed.byteLength - bytes));
  },
});
