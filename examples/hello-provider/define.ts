import { type AtVm, type Define, LabError, type Vm } from 'labwarden/sdk';
import type { Shelf } from './shelf.ts';

/** Every verb may be asked twice, and after a crash in the middle of the first time. */
export const define = (shelf: Shelf): Define => ({
  async create({ vm, call }) {
    call.signal.throwIfAborted();
    const { state = 'stopped', fresh = [] } = (await shelf.note(vm.id)) ?? {};
    const missing: string[] = [];
    for (const path of disksOf(vm)) if (!(await shelf.hasDisk(path))) missing.push(path);
    // Noted before they are made, so that `discard` knows them whatever happens in between.
    await shelf.set(vm.id, { state, fresh: [...fresh, ...missing] });
    for (const path of missing) await shelf.makeDisk(path);
    return {};
  },

  async discard(at) {
    await refuseRunning(shelf, at);
    for (const path of (await shelf.note(at.vm.id))?.fresh ?? []) await shelf.removeDisk(path);
    await shelf.forget(at.vm.id);
  },

  async remove(at) {
    await refuseRunning(shelf, at);
    await shelf.forget(at.vm.id);
  },

  async erase(at) {
    await refuseRunning(shelf, at);
    for (const path of disksOf(at.vm)) await shelf.removeDisk(path);
    await shelf.forget(at.vm.id);
  },
});

const disksOf = ({ spec: { disk, extraDisks } }: Vm): readonly string[] =>
  [disk, ...extraDisks].map(({ path }) => path);

async function refuseRunning(shelf: Shelf, { vm, call }: AtVm): Promise<void> {
  call.signal.throwIfAborted();
  if ((await shelf.stateOf(vm.id)) === 'running') throw new LabError('CONFLICT', `"${vm.name}" runs; stop it first.`);
}
