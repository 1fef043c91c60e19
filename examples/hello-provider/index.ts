import { defineProvider, LabError, z } from 'labwarden/sdk';
import { define } from './define.ts';
import { lan } from './lan.ts';
import { power } from './power.ts';
import { Shelf } from './shelf.ts';

/** A hypervisor that runs nothing: its VMs are notes on a shelf. It shows the shape of a provider, one small file per feature. */
export const plugin = defineProvider({
  id: 'hello-provider',
  config: z.object({ owner: z.string().min(1).default('nobody').describe('Whose shelf it is.') }),
  async connect({ owner }, { state }) {
    if (!state) throw new LabError('CONFIG_INVALID', 'hello-provider needs the port state; grant it in the config.');
    const shelf = new Shelf(state);
    return {
      host: { inventory: { list: () => shelf.all() } },
      network: { lan: lan(state) },
      // What does not work here is said in one sentence, which the caller reads; what is left out, the kernel has a sentence for.
      vm: {
        define: define(shelf),
        power: power(shelf),
        console: { unsupported: `Nothing on the shelf of ${owner} prints.` },
      },
      state: ({ vm }) => shelf.stateOf(vm.id),
      close: async () => {},
    };
  },
});
