import { openDoor } from './door.ts';
import { exec, reach } from './exec.ts';
import { missOf } from './miss.ts';
import { ready } from './ready.ts';
import { Slots } from './slots.ts';
import type { Guests, GuestsOptions } from './target.ts';

export { type KeyFolder, keyFolder } from './keys.ts';
export { type KeyPair, publicKeyOf } from './openssh.ts';
export type { ExecLimits, Guests, GuestsOptions, GuestTarget, Watch } from './target.ts';

/** SSH into machines, over one connection each that is kept for as long as it is of use. */
export function openGuests(options: GuestsOptions = {}): Guests {
  const slots = new Slots({ idleMs: 60_000, keepaliveMs: 15_000, ...options });
  const guests: Guests = {
    reachable: async (target, signal) => {
      const { connectTimeoutMs } = target;
      const limits = { bannerMs: connectTimeoutMs, totalMs: connectTimeoutMs };
      return (await missOf(reach(slots.of(target), target, limits, signal))) === undefined;
    },
    ready: (target, withinMs, signal, watch) =>
      ready((limits) => missOf(reach(slots.of(target), target, limits, signal)), { target, withinMs, signal, watch }),
    exec: (target, command, limits, signal) => exec(slots.of(target), target, command, limits, signal),
    admit: (target, publicKey, signal) => openDoor(guests, target, publicKey, signal),
    forget: (id) => slots.forget(id),
    [Symbol.asyncDispose]: () => slots.close(),
  };
  return guests;
}
