import { defineProvider, type StatePort, z } from 'labwarden/sdk';
import { type Fault, memoryProvider } from 'labwarden/sdk/testing';

const fault = z.object({
  at: z.string().describe('Feature and verb, such as power.start.'),
  of: z.string().optional().describe('Name of the VM, cluster or host.'),
  when: z.enum(['before', 'after']).optional().describe('Before the world changes, or after.'),
  how: z.enum(['fail', 'hang', 'freeze']).describe('What happens then.'),
});

/** A hypervisor in memory; with a `state` port, one that is still there when its process has died, and that says which fault struck. */
export const plugin = defineProvider({
  id: 'memory',
  config: z.strictObject({
    faults: z.array(fault).default([]).describe('What goes wrong.'),
    capacity: z
      .object({
        vcpus: z.number().default(64).describe('vCPUs.'),
        memoryMb: z.number().default(16_384).describe('Memory.'),
        diskGb: z.number().default(200).describe('Disk.'),
      })
      .default({ vcpus: 64, memoryMb: 16_384, diskGb: 200 })
      .describe('What the host has.'),
    without: z.record(z.string(), z.string()).default({}).describe('Features it shall not have, and why.'),
  }),
  async connect({ faults, without, capacity }, { state }) {
    const exact = faults.map(({ at, how, of, when }) => ({ at, how, ...(of && { of }), ...(when && { when }) }));
    if (!state) return memoryProvider({ faults: exact, without, capacity });
    return memoryProvider({ faults: exact.map((one) => telling(one, state)), without, capacity, store: state });
  },
});

/** It is only asked how once it strikes. */
const telling = (one: Fault, state: StatePort): Fault => ({
  ...one,
  get how() {
    void state.set(`struck/${one.at}/${one.of ?? ''}`, true);
    return one.how;
  },
});
