import { z } from 'zod';
import { slug } from './names.ts';

const effect = z.enum(['read', 'change', 'destroy']).describe('What using it may do to the world.');

const word = z.union([
  z.string(),
  z.strictObject({
    each: z.string().describe('Name of a list; the words below are repeated for each of its values.'),
    argv: z.array(z.string()).min(1).describe('Words of which one holds `{}`, the value.'),
  }),
]);

const template = z.strictObject({
  argv: z.array(word).min(1).describe('Program and arguments; {name} marks a value, inside one word.'),
  effect,
  timeoutMs: z.int().positive().optional().describe('Longest one run may take; 60000 without it. Not for processes.'),
});

const address = z
  .strictObject({
    to: z
      .string()
      .regex(/^(unix:[a-z]+|tcp:[\w.-]+:(\d+|\*)|tls:[\w.-]+:(\d+|\*)|ssh:([\w.-]+|\*))$/)
      .describe(
        '`unix:` and the name of a file root; a scheme with host and port, of which * is any; `ssh:` and a name of ssh_hosts, of which * is any.',
      ),
    effect,
    commands: z
      .record(z.string(), z.array(z.string().regex(/^[^\0\r\n]+$/)).min(1))
      .optional()
      .describe('For ssh: by name, the program and arguments that may be run there.'),
  })
  .refine(({ to, commands }) => to.startsWith('ssh:') === (commands !== undefined), {
    path: ['commands'],
    error: 'stands at an ssh: address, and there only',
  });

/** Roots a plugin may ask for: two of its own, and those that the config lists. */
const rootNames = ['own', 'run', 'images', 'overlays', 'artifacts', 'seeds'] as const;

/** `plugin.json`, read before any code of the plugin runs. A port asked for here must still be granted by the admin. */
export const manifest = z.strictObject({
  id: slug('The plugin, in config and in the audit log.'),
  kind: z.enum(['capability', 'provider']),
  api: z.literal(1).describe('Version of this contract.'),
  entry: z
    .string()
    .regex(/^\.\/[\w./-]+\.[jt]s$/)
    .describe('Module that exports `plugin`.'),
  ports: z
    .strictObject({
      exec: z.record(z.string(), template),
      process: z.record(z.string(), template),
      dial: z.array(address),
      files: z.partialRecord(z.enum(rootNames), z.enum(['read', 'write'])),
      http: z.array(z.url()).describe('Origins.'),
      secret: z.array(z.string()),
      state: z.literal(true),
      clock: z.literal(true),
      random: z.literal(true),
    })
    .partial()
    .default({}),
});

export type Manifest = z.output<typeof manifest>;
export type Template = z.output<typeof template>;
export type RootName = (typeof rootNames)[number];
