import { defineCapability, LabError, operation, z } from 'labwarden/sdk';

const on = { cluster: { type: 'cluster', from: 'cluster_name', action: 'inspect' } } as const;
const none = z.object({});
let kept: (() => Promise<unknown>) | undefined;

/** Does what plugins do at the edges, and a few things they should not. */
export const plugin = defineCapability({
  id: 'crossing',
  operations: [
    operation({
      name: 'edge_wait',
      summary: 'Waits until it is told to stop, and says why.',
      on,
      effect: 'read',
      input: none,
      output: none,
      async run({ call }) {
        if (!call.signal.aborted) await new Promise((resolve) => call.signal.addEventListener('abort', resolve));
        throw call.signal.reason;
      },
    }),
    operation({
      name: 'edge_fail',
      summary: 'Fails with a code and details, or by accident.',
      on,
      effect: 'read',
      input: z.object({ by_accident: z.boolean().default(false).describe('Fail as a bug would.') }),
      output: none,
      async run(_, { by_accident }) {
        if (by_accident) throw new TypeError('secret path /root/x');
        throw new LabError('CONFLICT', 'It is taken.', { details: { $by: 'ana', list: [1, null] } });
      },
    }),
    operation({
      name: 'edge_read',
      summary: 'Reads a file to its end.',
      on,
      ports: ['files'],
      effect: 'read',
      input: z.object({ pause_after: z.int().default(-1).describe('Waits for the note after so many pieces.') }),
      output: z.object({ bytes: z.number(), sum: z.number() }),
      async run({ ports, call }, { pause_after }) {
        const pipe = await ports.files.read('/big');
        let [bytes, sum, pieces] = [0, 0, 0];
        for (let piece = await pipe.read(); piece; piece = await pipe.read()) {
          bytes += piece.byteLength;
          sum = (sum + (piece[0] ?? 0)) % 251;
          if (++pieces === pause_after) await call.note('paused', { bytes });
        }
        await pipe.close();
        return { bytes, sum };
      },
    }),
    operation({
      name: 'edge_write',
      summary: 'Writes one piece into a file.',
      on,
      ports: ['files'],
      effect: 'change',
      input: z.object({ bytes: z.int().describe('Size of the piece.') }),
      output: none,
      async run({ ports }, { bytes }) {
        const pipe = await ports.files.write('/out');
        await pipe.write(new Uint8Array(bytes));
        await pipe.close();
        return {};
      },
    }),
    operation({
      name: 'edge_keep',
      summary: 'Uses what an earlier call held.',
      on,
      requires: ['lan'],
      effect: 'read',
      input: none,
      output: z.object({ earlier: z.string() }),
      async run({ cluster }) {
        const earlier = await kept?.().then(
          () => 'alive',
          (reason) => reason.message,
        );
        kept = () => cluster.lan.active();
        return { earlier: earlier ?? 'none' };
      },
    }),
    operation({
      name: 'edge_reach',
      summary: 'Lists every verb it can reach.',
      on,
      requires: ['lan', 'power'],
      ports: ['files'],
      effect: 'read',
      input: none,
      output: z.object({ verbs: z.array(z.string()) }),
      run: async ({ cluster, ports }) => ({
        verbs: [cluster.lan, ...cluster.nodes.map(({ power }) => power), ports.files].flatMap(Object.keys),
      }),
    }),
    operation({
      name: 'edge_environment',
      summary: 'Lists the environment it was born into.',
      on,
      effect: 'read',
      input: none,
      output: z.object({ names: z.array(z.string()) }),
      run: async () => ({ names: Object.keys(process.env) }),
    }),
    operation({
      name: 'edge_echo',
      summary: 'Gives back what its clock said.',
      on,
      ports: ['clock'],
      effect: 'read',
      input: none,
      output: z.object({ said: z.unknown() }),
      run: async ({ ports }) => ({ said: await ports.clock.now() }),
    }),
    operation({
      name: 'edge_look_and_die',
      summary: 'Ends its process while it only looks.',
      on,
      effect: 'read',
      input: none,
      output: none,
      run: async () => process.exit(1),
    }),
    operation({
      name: 'edge_touch_and_die',
      summary: 'Ends its process while it changes something.',
      on,
      effect: 'change',
      input: none,
      output: none,
      async run({ call }) {
        await call.note('touched');
        return process.exit(1);
      },
    }),
  ],
});
