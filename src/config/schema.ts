import { slug, z } from '../sdk/index.ts';
import { audit } from './audit-schema.ts';
import { path, secretFrom, secretName, sshHost } from './far-schema.ts';
import { builtIn, guest } from './plugin-schema.ts';

const paths = z.union([path, z.array(path).min(1)]);
const label = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'lower-case letters, digits and dashes, a letter first, at most 40');
const provider = z
  .looseObject({
    plugin: label.describe('The provider plugin to connect with: qemu-direct, or one of yours.'),
  })
  .describe('One hypervisor. All keys beside `plugin` are the plugin’s own config.');

const roots = z.strictObject({
  images: paths.optional().describe('Base images, kernels and initrds. [<state_dir>/images]'),
  overlays: paths.optional().describe('Disks that VMs write to. [overlay_dir]'),
  artifacts: paths.optional().describe('Build outputs that artifact_register may read. [artifact_store_dir]'),
  keys: paths.optional().describe('SSH keys that topologies may name. [<state_dir>/keys]'),
});

const whole = (standard: number, highest: number) => z.int().min(1).max(highest).default(standard);

const person = z.strictObject({
  account: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/, 'the name or number of an OS account')
    .optional()
    .describe('The OS account that alone can open their socket. [the person’s own name]'),
  groups: z
    .array(z.string().regex(/^[^*$\s][^*\s]{0,127}$/, 'the name of a group'))
    .default([])
    .describe('Groups that policies know them by.'),
});

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

const hours = (standard: number) => z.number().min(0).max(87_600).default(standard);
const factor = (standard: number) => z.number().gt(0).max(100).default(standard);

const leases = z.strictObject({
  warn_h: hours(24).describe('Hours before its end that a lease is said to end soon; a quarter of a short lease.'),
  cut_after_m: z
    .number()
    .min(0)
    .max(1440)
    .default(10)
    .describe('Minutes after which guests that do not stop at the end of a lease lose their power.'),
  trash_h: hours(24).describe(
    'Hours in the trash before something is purged. 0: no trash, and no lease takes anything away.',
  ),
});

const capacity = z.strictObject({
  memory_overcommit: factor(1).describe('How much of a host’s memory its VMs may have: 1 is all of it.'),
  vcpu_overcommit: factor(1).describe('How many of the vCPUs that a provider says its host has.'),
  disk_overcommit: factor(4).describe('How much larger than the free disk the disks of a new cluster may become.'),
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
  ssh_password_secret: secretName
    .optional()
    .describe('Secret with the password of the guests of topologies that name neither key nor password.'),
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
  ssh_hosts: z
    .record(z.string().regex(/^[\w.-]{1,64}$/, 'letters, digits, dots and dashes'), sshHost)
    .default({})
    .describe('Machines that plugins may run their granted commands on over SSH, by name.'),
  toolsets: z
    .union([z.literal('all'), z.array(label).min(1).max(32)])
    .default(['default'])
    .describe('Groups of tools that clients get: names of toolsets, default, or all. A client may take fewer.'),
  read_only: z
    .boolean()
    .default(false)
    .describe('Only tools that change nothing, for everybody. It wins over everything else.'),
  secrets: z
    .record(secretName, secretFrom)
    .default({})
    .describe('Secrets by name: where each is read when it is used. Nothing else ever names more than the name.'),
  policies: paths
    .optional()
    .describe('Policy files, all of them in force together. [the lab of one that comes with labwarden]'),
  policy_widening: z
    .enum(['ask', 'allow'])
    .default('ask')
    .describe('Whether changed policy files that let more be destroyed wait for `labwarden policy accept`.'),
  policies_shadow: paths
    .optional()
    .describe(
      'A whole next policy, asked beside the one in force: what it would decide otherwise is logged and counted.',
    ),
  people: z
    .record(z.string().regex(/^[a-z_][a-z0-9_.-]{0,31}$/, 'a name in lower case'), person)
    .default({})
    .describe('Who shares this lab beside the account that runs it. Each gets a socket in people_dir.'),
  people_dir: path.optional().describe('Where their sockets are. [/run/labwarden from /etc, else <state_dir>/people]'),
  audit: audit.prefault({}).describe('The audit log.'),
  limits: limits.prefault({}).describe('How long and how much.'),
  confirmation: confirmation.prefault({}).describe('How people approve what an agent cannot.'),
  leases: leases.prefault({}).describe('What happens to a cluster whose lease ends. How long leases are is policy.'),
  capacity: capacity.prefault({}).describe('What a host is trusted to carry. Beyond it nothing is defined or started.'),
  project: slug('Project of what is made without naming one.').default('default'),
});

export type ConfigFile = z.output<typeof configFile>;
