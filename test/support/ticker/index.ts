import { defineCapability, operation, z } from 'labwarden/sdk';

const tickMs = 10;

/** A change that says how far it is until it is told to stop. */
export const plugin = defineCapability({
  id: 'ticker',
  operations: [
    operation({
      name: 'cluster_tick',
      summary: 'Count until told to stop.',
      on: { cluster: { type: 'cluster', from: 'cluster_name', action: 'start' } },
      effect: 'change',
      input: z.object({}),
      output: z.object({}),
      async run({ call }) {
        for (let done = 1; !call.signal.aborted; done += 1) {
          call.progress({ done, message: `${done} ticks` });
          await new Promise((resolve) => setTimeout(resolve, tickMs));
        }
        throw call.signal.reason;
      },
    }),
  ],
});
