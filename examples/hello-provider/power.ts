import { type AtVm, LabError, type Power } from 'labwarden/sdk';
import type { Shelf } from './shelf.ts';

export const power = (shelf: Shelf): Power => {
  const stop = async (at: AtVm) => {
    if ((await stateOf(shelf, at)) === 'running') await put(shelf, at, 'stopped');
  };
  return {
    async start(at) {
      const state = await stateOf(shelf, at);
      if (state === 'absent') throw new LabError('NOT_FOUND', `"${at.vm.name}" is not on the shelf.`);
      await put(shelf, at, 'running');
    },
    shutdown: stop,
    cut: stop,
  };
};

/** Throws when the call is over: then nothing may change any more. */
async function stateOf(shelf: Shelf, { vm, call }: AtVm) {
  call.signal.throwIfAborted();
  return await shelf.stateOf(vm.id);
}

/** From its first start on, whatever was fresh belongs to the guest. */
const put = (shelf: Shelf, { vm }: AtVm, state: 'running' | 'stopped') => shelf.set(vm.id, { state, fresh: [] });
