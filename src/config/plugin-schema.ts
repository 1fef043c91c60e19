import { manifest, slug, z } from '../sdk/index.ts';
import { path } from './far-schema.ts';

const names = z.array(z.string().min(1));
const { files } = manifest.shape.ports.unwrap().shape;

/** One that comes with labwarden. */
export const builtIn = z.strictObject({ id: slug('A plugin that comes with labwarden.') });

const grants = z
  .strictObject({
    exec: names.describe('Names of command templates in its manifest.'),
    process: names.describe('Names of process templates in its manifest.'),
    dial: names.describe('Addresses in its manifest, such as tcp:pve.lab:8006.'),
    files,
    http: names.describe('Origins in its manifest.'),
    secret: names.describe('Names of secrets it may use and never see.'),
    state: z.literal(true),
    clock: z.literal(true),
    random: z.literal(true),
  })
  .partial()
  .describe('What the plugin may have of what its manifest asks for. Nothing else is open to it.');

/** One from elsewhere. */
export const guest = z.strictObject({
  path: path.describe('Folder with the plugin.json.'),
  digest: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, '"sha256:" and 64 hexadecimal digits')
    .describe('Digest of the plugin as you read it; another one does not load.'),
  process: z
    .enum(['child', 'here'])
    .default('child')
    .describe(
      '`child`: a process of its own. `here`: inside the server, for plugins you trust like the server itself.',
    ),
  grants: grants.default({}),
});
