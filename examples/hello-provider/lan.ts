import type { AtNetwork, Lan, StatePort } from 'labwarden/sdk';

/** A network that carries nothing, and is there or not. */
export const lan = (facts: StatePort): Lan => ({
  active: async (at) => (await facts.get(keyOf(at))) !== undefined,
  async define(at) {
    at.call.signal.throwIfAborted();
    await facts.set(keyOf(at), true);
  },
  remove: (at) => facts.remove(keyOf(at)),
});

const keyOf = ({ cluster }: AtNetwork): string => `lan/${cluster.id}`;
