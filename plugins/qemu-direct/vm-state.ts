import { LabError, type Vm, type VmState, z } from 'labwarden/sdk';
import type { Definition } from './definitions.ts';
import type { Host } from './host.ts';

/** What this VM is doing: our record says whether it exists, its QEMU the rest. */
export async function vmState(host: Host, id: string): Promise<VmState> {
  return (await host.definitions.get(id)) ? await powerState(host, id) : 'absent';
}

/** The same for a VM that need not be defined: whether a QEMU runs it. */
export async function powerState(host: Host, id: string): Promise<Exclude<VmState, 'absent' | 'unknown'>> {
  const ask = async () => {
    const qmp = await host.monitors.of(id);
    return qmp ? word(status.parse(await qmp.execute('query-status')).status) : 'stopped';
  };
  return await ask().catch((reason: unknown) => {
    if (reason instanceof LabError && reason.code === 'PROVIDER_UNAVAILABLE') return ask(); // it ended in between
    throw reason;
  });
}

/** Throws NOT_FOUND for a VM that is absent. */
export async function defined({ definitions }: Host, vm: Vm): Promise<Definition> {
  const found = await definitions.get(vm.id);
  if (found) return found;
  throw new LabError('NOT_FOUND', `"${vm.name}" is not defined on this host; define it first.`);
}

const status = z.object({ status: z.string() });

// QEMU's RunState: whatever is neither running nor broken waits for somebody to continue it.
const broken = new Set(['guest-panicked', 'internal-error']);

const word = (status: string) => (status === 'running' ? 'running' : broken.has(status) ? 'failed' : 'paused');
