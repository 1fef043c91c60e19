import type { Guests, GuestTarget, KeyFolder } from '../ports/guest/index.ts';
import {
  type AtVm,
  type Console,
  type Endpoint,
  type Guest,
  isUnsupported,
  LabError,
  type Provider,
} from '../sdk/index.ts';
import { callerOf } from './calls.ts';
import { shortDigest } from './surroundings.ts';

const consoleBytes = 4096;

export interface GuestDoors {
  readonly guests: Guests;
  readonly keys: KeyFolder;
  /** The admin's limit on what one command may bring back on each stream; an operation may ask for less. */
  readonly maxOutputBytes: number;
}

/** The inside of a provider's VMs over SSH, with keys that never leave the kernel. A provider with a way of its own keeps it. */
export function guestOf(provider: Provider, doors: GuestDoors): Guest | { readonly unsupported: string } {
  const { guests, keys } = doors;
  const { guest, endpoint, console } = provider.vm;
  if (guest) return guest;
  if (!endpoint || isUnsupported(endpoint))
    return { unsupported: endpoint?.unsupported ?? 'This provider cannot say where a guest answers SSH.' };
  const target = (at: AtVm) => targetOf(at, endpoint, keys);
  return {
    reachable: async (at) => await guests.reachable(await target(at), at.call.signal),
    ready: async (at, withinMs) =>
      await guests.ready(await target(at), withinMs, at.call.signal, {
        state: () => provider.state(at),
        consoleTail: () => tail(console, at),
      }),
    async exec(at, command, { timeoutMs, maxOutputBytes }) {
      const limits = { timeoutMs, maxOutputBytes: Math.min(maxOutputBytes, doors.maxOutputBytes) };
      return await guests.exec(await target(at), command, limits, at.call.signal);
    },
    door: async (at) => await door(at, endpoint, doors, await target(at)),
  };
}

async function targetOf(at: AtVm, endpoint: Endpoint, keys: KeyFolder): Promise<GuestTarget> {
  const { vm } = at;
  const { user, keyPath, connectTimeoutMs } = vm.spec.login;
  return {
    ...{ id: vm.id, name: vm.cluster ? `${vm.cluster}/${vm.name}` : vm.name, user, keyPath, connectTimeoutMs },
    hostKeys: [await keys.hostKey(vm.id)],
    endpoint: () => endpoint.ssh(at),
  };
}

const tail = async (console: Provider['vm']['console'], at: AtVm): Promise<string> =>
  isConsole(console) ? Buffer.from(await console.tail(at, consoleBytes)).toString('utf8') : '';

const isConsole = (console: Provider['vm']['console']): console is Console =>
  console !== undefined && !isUnsupported(console);

async function door(at: AtVm, endpoint: Endpoint, { guests, keys }: GuestDoors, target: GuestTarget) {
  const caller = callerOf(at.call);
  if (!caller) throw new LabError('INTERNAL', 'A door was asked for by nobody.');
  const { privatePath, publicKey } = await keys.pair(`user-${keyName(caller.user)}`);
  await guests.admit(target, publicKey, at.call.signal);
  const { host, port } = await endpoint.ssh(at);
  const knownHostsPath = await keys.knownHosts(at.vm.id, { host, port });
  return { host, port, user: target.user, keyPath: privatePath, knownHostsPath };
}

/** Key files know lower-case names only; two people who differ in case must not share a key. */
const keyName = (user: string): string => (/^[a-z0-9._-]{1,64}$/.test(user) ? user : `u-${shortDigest(user)}`);
