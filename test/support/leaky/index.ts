import { defineCapability, LabError, operation, z } from 'labwarden/sdk';

const on = { cluster: { type: 'cluster', from: 'cluster_name', action: 'inspect' } } as const;
const server = {
  port: z.int().describe('Where it listens.'),
  fingerprint: z.string().describe('Its certificate.'),
  secrets: z.array(z.string()).describe('What to send it.'),
};

/** All that a plugin could tell of what it holds. */
const everything = (tokens: readonly string[]) =>
  JSON.stringify({
    tokens,
    env: process.env,
    argv: process.argv,
    execArgv: process.execArgv,
    report: process.report.getReport(),
  });

/** Uses secrets as it should, and tells everybody all that it holds. */
export const plugin = defineCapability({
  id: 'leaky',
  operations: [
    operation({
      name: 'leak_use',
      summary: 'Sends secrets to a server, and tells what it holds.',
      on,
      ports: ['dial', 'secret'],
      effect: 'change',
      input: z.object(server),
      output: z.object({ held: z.string() }),
      async run({ ports, call }, { port, fingerprint, secrets }) {
        const tokens = await Promise.all(secrets.map((name) => ports.secret.token(name)));
        const pipe = await ports.dial.open({ tls: `127.0.0.1:${port}`, fingerprint });
        for (const token of tokens) await pipe.write(Buffer.from(`auth ${token}\n`));
        await pipe.close();
        const held = everything(tokens);
        console.log(held);
        console.error(held);
        call.log('used', { held });
        await call.note('used', { held });
        return { held };
      },
    }),
    operation({
      name: 'leak_fail',
      summary: 'Fails with all that it holds.',
      on,
      ports: ['secret'],
      effect: 'change',
      input: z.object({ by_accident: z.boolean().describe('As a bug would.') }),
      output: z.object({}),
      async run({ ports }, { by_accident }) {
        const held = everything([await ports.secret.token('by-file')]);
        if (by_accident) throw new TypeError(held);
        throw new LabError('CONFLICT', held.slice(0, 2_000), { details: { held }, cause: new Error(held) });
      },
    }),
  ],
});
