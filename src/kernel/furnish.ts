import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { noCloudSeed } from 'labwarden/sdk/nocloud';
import { publicKeyOf } from '../ports/guest/index.ts';
import { type AtVm, type Define, isUnsupported, type Login, type Power, type Provider, type Vm } from '../sdk/index.ts';
import type { State } from '../state/index.ts';
import { inNameOfCalls } from './at-work.ts';
import { sameImage } from './base-image.ts';
import { type GuestDoors, guestOf } from './guest.ts';
import { strangeDisk, usableDisks } from './own-disks.ts';

export interface Furnishing extends GuestDoors {
  readonly state: State;
}

/** A provider as operations meet it: with the kernel's `guest`, and with what the kernel must do around making and ending a VM. */
export const furnished = (bare: Provider, furnishing: Furnishing): Provider => {
  const provider = inNameOfCalls(bare);
  const { define, power } = provider.vm;
  return {
    ...provider,
    vm: {
      ...provider.vm,
      ...(define && !isUnsupported(define) && { define: withSeeds(define, provider, furnishing) }),
      ...(power && !isUnsupported(power) && { power: withBook(power, furnishing) }),
      guest: guestOf(provider, furnishing),
    },
  };
};

/** A VM's seed carries its host key, so the kernel writes it; and it keeps the book of whose disks are whose. */
const withSeeds = (define: Define, { management }: Provider, { state, keys, guests }: Furnishing): Define => {
  const leave = async (vm: Vm, disks: 'kept' | 'gone' | 'before') => {
    guests.forget(vm.id);
    await state.releaseDisks(vm.id, disks);
    for (const path of [vm.spec.seedPath, unfinished(vm.spec.seedPath)]) await rm(path, { force: true });
    await keys.forget(vm.id);
  };
  const discard = async (at: AtVm) => {
    await define.discard(at);
    await leave(at.vm, 'before');
  };
  return {
    discard,
    async create(at) {
      await state.takeDisks(at.vm);
      await usableDisks(state, at.vm);
      await state.makeDisks(at.vm.id);
      await writeSeed(at.vm, management, keys);
      const made = await define.create(at);
      if (made.ref !== undefined) await state.refer(at.vm.id, made.ref);
      return made;
    },
    remove: async (at) => {
      await define.remove(at);
      await leave(at.vm, 'kept');
    },
    erase: async (at) => {
      // Those that a `remove` has let go of are meant too, unless another VM has them by now.
      await state.takeDisks(at.vm);
      // No `create` came past a disk that is not ours, so there is nothing to erase, and that disk must stay.
      if ((await strangeDisk(state, at.vm)) !== undefined) return await discard(at);
      await define.erase(at);
      await leave(at.vm, 'gone');
    },
  };
};

/** A disk that was once started on is somebody's. A connection to a machine that was stopped would hang: there is nobody left to close it. */
const withBook = (power: Power, { guests, state }: Furnishing): Power => {
  const after = async (at: AtVm, work: Promise<void>) => {
    await work;
    guests.forget(at.vm.id);
  };
  return {
    async start(at) {
      await sameImage(at.vm);
      await state.useDisks(at.vm.id);
      await power.start(at);
    },
    shutdown: (at, withinMs) => after(at, power.shutdown(at, withinMs)),
    cut: (at) => after(at, power.cut(at)),
  };
};

async function writeSeed(vm: Vm, management: Provider['management'], keys: GuestDoors['keys']): Promise<void> {
  const { login, nics, seedPath } = vm.spec;
  const hostKey = await keys.hostPair(vm.id);
  const bytes = noCloudSeed({
    // Guests take a host key once per instance: another key is another instance.
    instanceId: `${vm.id}-${createHash('sha256').update(hostKey.publicKey).digest('hex').slice(0, 8)}`,
    hostname: vm.name,
    user: login.user,
    ...(await entryFor(login)),
    hostKey: { private: hostKey.privateKey, public: hostKey.publicKey },
    nics: nics.map(({ mac, address, on }) => ({
      ...{ mac, address },
      ...(on === 'management' && management && { gateway: management.gateway, nameserver: management.nameserver }),
    })),
  });
  await mkdir(dirname(seedPath), { recursive: true, mode: 0o700 });
  await writeFile(unfinished(seedPath), bytes, { mode: 0o600 });
  await rename(unfinished(seedPath), seedPath);
}

/** With a password the user is the image's own, and there is nothing to bring. */
const entryFor = async ({ keyPath }: Login) =>
  keyPath === undefined
    ? { authorizedKeys: [], ownPassword: true as const }
    : { authorizedKeys: [publicKeyOf(await readFile(keyPath, 'utf8'))] };

const unfinished = (path: string): string => `${path}.tmp`;
