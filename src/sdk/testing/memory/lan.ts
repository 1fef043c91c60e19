import type { AtNetwork, Lan } from '../../features.ts';
import type { StatePort } from '../../ports.ts';

export const lan = (store: StatePort): Lan => {
  const key = ({ cluster }: AtNetwork) => `lan/${cluster.id}`;
  return {
    active: async (at) => (await store.get(key(at))) === true,
    define: async (at) => await store.set(key(at), true),
    remove: async (at) => await store.remove(key(at)),
  };
};
