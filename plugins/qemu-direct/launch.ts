import { type AtVm, type Code, LabError, type Vm } from 'labwarden/sdk';
import { qemuValues } from './argv.ts';
import { complaint } from './complaint.ts';
import type { Host } from './host.ts';
import { defined, powerState } from './vm-state.ts';
import { poll } from './wait.ts';

const mostPorts = 16;

/**
 * Starts a QEMU that outlives the lab server, and resolves when it says that it runs. The SSH port is ours to find: QEMU
 * binds it, and where another program was faster, the next is tried. It is noted first, so that no running VM has one we forgot.
 */
export async function launch(host: Host, at: AtVm): Promise<void> {
  const definition = await defined(host, at.vm);
  for (let tried = 0; tried < mostPorts; tried++) {
    const sshPort = (tried === 0 && definition.sshPort) || (await anyPort(host));
    await host.definitions.set(at.vm.id, { ...definition, sshPort });
    const death = await run(host, at, sshPort);
    if (death === undefined) return;
    if (!death.includes('Could not set up host forwarding rule')) {
      throw new LabError('PROVIDER_FAILED', `QEMU did not start "${at.vm.name}": ${complaint(death)}`);
    }
  }
  throw new LabError(
    'PROVIDER_FAILED',
    `No free port on 127.0.0.1 for the SSH of "${at.vm.name}"; ${mostPorts} were tried.`,
  );
}

const ports = { first: 20_000, count: 12_000 };

/** Below the ports that Linux and macOS hand out to outgoing connections. */
async function anyPort({ hands }: Host): Promise<number> {
  return ports.first + (Number.parseInt((await hands.random.id()).slice(0, 8), 16) % ports.count);
}

/** `undefined` when it runs; what QEMU said on stderr when it ended instead. */
async function run(host: Host, { vm, call }: AtVm, sshPort: number): Promise<string | undefined> {
  const { process, clock } = host.hands;
  await process.start(vm.id, `qemu-${host.arch}`, qemuValues(host, vm, sshPort), { detached: true });
  const withinMs = host.config.start_timeout_ms;
  const patience = { clock, everyMs: 25, withinMs, signal: call.signal };
  const came = await poll(patience, () => runsOrEnded(host, vm));
  if (came === 'running') return undefined;
  if (came === 'ended') return (await process.ended(vm.id)).stderr;
  await process.stop(vm.id, host.config.stop_grace_ms);
  throw new LabError(
    'TIMEOUT',
    `QEMU did not run "${vm.name}" within ${withinMs} ms and was ended; the host may be overloaded.`,
  );
}

async function runsOrEnded(host: Host, { id }: Vm): Promise<'running' | 'ended' | undefined> {
  const state = await powerState(host, id).catch((reason: unknown) => {
    if (reason instanceof LabError && notYet.has(reason.code)) return undefined;
    throw reason;
  });
  if (state === 'running' || state === 'failed') return 'running'; // a guest may crash before we have looked
  return state === 'stopped' && !(await host.hands.process.alive(id)) ? 'ended' : undefined;
}

/** What a QEMU that is still starting may cause. */
const notYet: ReadonlySet<Code> = new Set<Code>(['PROVIDER_UNAVAILABLE', 'TIMEOUT']);
