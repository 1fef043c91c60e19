import { manifest, slug, z } from '../sdk/index.ts';

const path = z.string().regex(/^[^\n\r\t]+$/, 'a path on one line');
const paths = z.union([path, z.array(path).min(1)]);
const label = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'lower-case letters, digits and dashes, a letter first, at most 40');
const names = z.array(z.string().min(1));
const { files } = manifest.shape.ports.unwrap().shape;

const provider = z
  .looseObject({
    plugin: label.describe('The provider plugin to connect with: qemu-direct, or one of yours.'),
  })
  .describe('One hypervisor. All keys beside `plugin` are the plugin’s own config.');

const builtIn = z.strictObject({ id: slug('A plugin that comes with labwarden.') });

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

const guest = z.strictObject({
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

const roots = z.strictObject({
  images: paths.optional().describe('Base images, kernels and initrds. [<state_dir>/images]'),
  overlays: paths.optional().describe('Disks that VMs write to. [overlay_dir]'),
  artifacts: paths.optional().describe('Build outputs that artifact_register may read. [artifact_store_dir]'),
  keys: paths.optional().describe('SSH keys that topologies may name. [<state_dir>/keys]'),
});

const whole = (standard: number, highest: number) => z.int().min(1).max(highest).default(standard);

const limits = z.strictObject({
  answer_within_s: whole(45, 3600).describe('A call that takes longer answers STILL_RUNNING and goes on as a job.'),
  call_deadline_s: whole(1800, 86_400).describe('A job that takes longer is told to stop.'),
  stop_grace_s: whole(10, 600).describe('How long something that was told to stop may tidy up.'),
  idle_exit_s: whole(60, 86_400).describe('The lab server ends when nobody has needed it for so long.'),
  max_output_kb: whole(64, 1024).describe('Most that a command’s stdout, and its stderr, may bring back.'),
});

const confirmation = z.strictObject({
  human_within_min: whole(15, 1440).describe('A call that needs a person’s approval waits for it so long.'),
  two_person_within_min: whole(240, 1440).describe('The same for one that needs two people.'),
  slowest_s: z
    .int()
    .min(0)
    .max(60)
    .default(10)
    .describe('Longest that each call of a client is made to wait, once it has forged answers. 0: not at all.'),
});

/** The config file, as admins write it. Words in brackets are defaults that depend on the machine. */
export const configFile = z.strictObject({
  topology_dir: path
    .optional()
    .describe('Topology files. [topologies, beside this file; without a file, those that come with labwarden]'),
  overlay_dir: path
    .optional()
    .describe('Where clusters keep their disks. [the first of roots.overlays, else <state_dir>/overlays]'),
  artifact_store_dir: path.optional().describe('Where registered artifacts are kept. [<state_dir>/artifacts]'),
  ssh_key_path: path
    .optional()
    .describe('Private key for the guests of topologies that name none. [made by labwarden]'),
  ssh_user: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'a Unix user name')
    .default('root')
    .describe('User inside the guests of topologies that name none.'),
  log_level: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('How much the log says.'),
  log_file: path.optional().describe('Where the log goes. [stderr]'),
  state_dir: path
    .optional()
    .describe(
      'All that must survive a restart. [$XDG_STATE_HOME/labwarden, else ~/.local/state/labwarden; /var/lib/labwarden from /etc]',
    ),
  runtime_dir: path
    .optional()
    .describe('Sockets of the VMs; keep it short. [<state_dir>/run, or /tmp/labwarden-<uid> where that is too long]'),
  roots: roots
    .prefault({})
    .describe('Folders that paths of topologies and calls must lie beneath, one or a list of each.'),
  providers: z
    .record(label, provider)
    .refine((all) => Object.keys(all).length > 0, 'at least one provider')
    .default({ main: { plugin: 'qemu-direct' } })
    .describe('Hypervisors, by the label that topologies and policies use.'),
  default_provider: label.optional().describe('Label of the provider for topologies that name none. [the first]'),
  plugins: z
    .array(z.union([builtIn, guest]))
    .default([{ id: 'clusters' }])
    .describe('Plugins that give the lab its tools: built-in ones by id, others by path and digest.'),
  policies: paths
    .optional()
    .describe('Policy files, all of them in force together. [the lab of one that comes with labwarden]'),
  audit: z
    .strictObject({ dir: path.optional().describe('The append-only log. [<state_dir>/audit]') })
    .prefault({})
    .describe('The audit log.'),
  limits: limits.prefault({}).describe('How long and how much.'),
  confirmation: confirmation.prefault({}).describe('How people approve what an agent cannot.'),
  project: slug('Project of what is made without naming one.').default('default'),
});

export type ConfigFile = z.output<typeof configFile>;
