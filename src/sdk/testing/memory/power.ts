import type { AtVm, Power } from '../../features.ts';
import { keepDisks } from './define.ts';
import type { World } from './world.ts';

export const power = (world: World): Power => {
  const off = async ({ vm }: AtVm) => {
    const found = await world.vm(vm.id);
    if (found) await world.setVm(vm.id, { ...found, state: 'stopped' });
  };
  return {
    async start(at) {
      const found = await world.defined(at);
      if (found.state === 'running') return;
      await keepDisks(world, at.vm);
      await world.setVm(at.vm.id, { ...found, state: 'running', console: `${at.vm.name} has booted.\n` });
    },
    shutdown: off,
    cut: off,
  };
};
