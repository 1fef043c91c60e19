import type { Room } from '../features.ts';
import type { StatePort } from '../ports.ts';
import type { Provider } from '../provider.ts';
import type { FeatureName } from '../scopes.ts';
import { console } from './memory/console.ts';
import { define } from './memory/define.ts';
import { type Fault, faulty } from './memory/faults.ts';
import { guest } from './memory/guest.ts';
import { capacity, inventory } from './memory/host.ts';
import { lan } from './memory/lan.ts';
import { power } from './memory/power.ts';
import { World } from './memory/world.ts';
import { memoryStore } from './memory-store.ts';

export interface MemoryOptions {
  /** Where its world is kept, so that another provider on the same store finds it as this one left it. */
  readonly store?: StatePort;
  /** What goes wrong, and where. Read at every call, so that a test may change it on the way. */
  readonly faults?: readonly Fault[];
  /** Features it shall not have, and why. */
  readonly without?: Partial<Readonly<Record<FeatureName, string>>>;
  readonly capacity?: Room;
}

const noEndpoint = { unsupported: 'A VM in memory has no address that this machine could dial.' };
const roomy: Room = { vcpus: 16, memoryMb: 16_384, diskGb: 200 };

/** A whole hypervisor in a Map: what plugins and servers are tested against where there is no host. */
export function memoryProvider(options: MemoryOptions = {}): Provider {
  const { store = memoryStore(), faults = [], without = {} } = options;
  const world = new World(store);
  const less = <F extends object>(features: F): F => {
    const missing = Object.entries(without).filter(([name]) => name in features);
    return { ...features, ...Object.fromEntries(missing.map(([name, unsupported]) => [name, { unsupported }])) };
  };
  return faulty(faults, {
    host: less({ inventory: inventory(world), capacity: capacity(world, options.capacity ?? roomy) }),
    network: less({ lan: lan(store) }),
    vm: less({
      define: define(world),
      power: power(world),
      console: console(world),
      endpoint: noEndpoint,
      guest: guest(world),
    }),
    state: async ({ vm }) => (await world.vm(vm.id))?.state ?? 'absent',
    close: async () => {},
  });
}
