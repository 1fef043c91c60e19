import { defineProvider, LabError, z } from 'labwarden/sdk';
import { memoryProvider } from 'labwarden/sdk/testing';

/** A hypervisor in memory whose guests answer SSH at ports of this machine, and whose every failure tells what it holds. */
export const plugin = defineProvider({
  id: 'leaky-host',
  config: z.strictObject({
    ports: z.record(z.string(), z.int()).describe('Where the guests of a cluster answer SSH.'),
  }),
  async connect({ ports }, { state }) {
    const memory = memoryProvider(state ? { store: state } : {});
    const { guest, ...vm } = memory.vm;
    return {
      ...memory,
      vm: {
        ...vm,
        endpoint: {
          async ssh({ vm }) {
            const port = ports[vm.cluster ?? ''];
            if (!port) throw new LabError('PROVIDER_FAILED', `No way to it: ${JSON.stringify([vm, process.env])}`);
            return { host: '127.0.0.1', port };
          },
        },
      },
    };
  },
});
