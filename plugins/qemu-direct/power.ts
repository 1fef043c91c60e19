import { type AtVm, LabError, type Power } from 'labwarden/sdk';
import type { Host } from './host.ts';
import { launch } from './launch.ts';
import { defined, powerState } from './vm-state.ts';
import { poll } from './wait.ts';

export const power = (host: Host): Power => ({
  async start(at) {
    await defined(host, at.vm);
    const state = await powerState(host, at.vm.id);
    if (state === 'failed')
      throw new LabError('CONFLICT', `The guest of "${at.vm.name}" crashed; cut its power first.`);
    if (state === 'paused') return await resume(host, at);
    if (state === 'running') return;
    await host.hands.files.makeFolder(host.folders.vm(at.vm.id).folder);
    await host.definitions.forgetFresh(at.vm.id); // before the guest can write: its disks are never taken back from now on
    await launch(host, at);
  },

  async shutdown(at, withinMs) {
    const state = await powerState(host, at.vm.id);
    if (state === 'failed' || state === 'paused') {
      throw new LabError(
        'CONFLICT',
        `"${at.vm.name}" is ${state}: its guest cannot hear the request. Cut its power instead.`,
      );
    }
    if (state === 'running') await pressed(host, at, withinMs);
    await tidy(host, at.vm.id);
  },

  async cut({ vm }) {
    const { process } = host.hands;
    const qmp = await host.monitors.of(vm.id).catch(() => undefined); // one that hangs is ended all the same
    await qmp?.execute('quit').catch(() => {}); // it may be gone before it answers
    await process.stop(vm.id, host.config.stop_grace_ms);
    await tidy(host, vm.id);
  },
});

async function resume(host: Host, { vm }: AtVm): Promise<void> {
  const qmp = await host.monitors.of(vm.id);
  await qmp?.execute('cont');
}

/** The power button, and the wait until QEMU has ended. */
async function pressed({ hands, monitors }: Host, { vm, call }: AtVm, withinMs: number): Promise<void> {
  const { clock, process } = hands;
  const qmp = await monitors.of(vm.id);
  await qmp?.execute('system_powerdown');
  const patience = { clock, everyMs: 100, withinMs, signal: call.signal };
  const ended = await poll(patience, async () => !(await process.alive(vm.id)) || undefined);
  if (ended) return;
  throw new LabError(
    'TIMEOUT',
    `"${vm.name}" did not stop within ${withinMs} ms of being asked; give it longer, or cut its power.`,
  );
}

/** What a QEMU that has ended leaves behind. */
export async function tidy({ monitors, folders, hands }: Host, id: string): Promise<void> {
  await monitors.drop(id);
  const paths = folders.vm(id);
  await Promise.all([...paths.monitors, paths.lan].map((path) => hands.files.remove(path)));
}
