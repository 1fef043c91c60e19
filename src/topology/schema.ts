import { slug, z } from '../sdk/index.ts';

const path = z.string().regex(/^[^\n\r\t]+$/, 'a path on one line');
const word = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$/, 'letters, digits, dots, dashes and underscores, at most 40');
const snapshot = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, 'letters, digits, dashes and underscores, at most 64');

const octet = '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
const octets = `${octet}(\\.${octet}){3}`;

export const ipv4 = z.string().regex(new RegExp(`^${octets}$`), 'an IPv4 address such as 10.77.0.11');

export const subnet = z
  .string()
  .regex(new RegExp(`^${octets}/(1[6-9]|2[0-9])$`), 'an IPv4 network of /16 to /29, such as 10.77.0.0/24');

const disk = z.strictObject({
  path: path.describe('Beneath roots.overlays; created when missing, qcow2.'),
  size_gb: z.int().min(1).max(65_536),
  bus: z.enum(['virtio', 'scsi', 'sata']).default('virtio'),
});

const node = z.strictObject({
  name: slug('The node, in tools and as its host name.'),
  role: word.optional().describe('What it is for; policies and people read it.'),
  vcpus: z.int().min(1).max(256).default(1),
  memory_mb: z.int().min(16).max(4_194_304).default(512),
  ip: ipv4.describe('Static, inside the subnet; its first address is the gateway’s.'),
  extra_disks: z.array(disk).max(16).default([]),
});

const network = z.strictObject({
  name: word.optional().describe('The network, on the hypervisor. [cluster_name]'),
  bridge: z
    .string()
    .regex(
      /^[a-zA-Z][a-zA-Z0-9_.-]{0,14}$/,
      'letters, digits, dots, dashes and underscores, a letter first, at most 15',
    )
    .describe('What a hypervisor with bridges calls it; others ignore it.'),
  subnet: subnet.describe('IPv4, /16 to /29, with its host bits zero.'),
});

const boot = z.strictObject({
  kernel: path.describe('Beneath roots.images.'),
  initrd: path.describe('Beneath roots.images.'),
  cmdline: z
    .string()
    .regex(/^[^\n\r\t]{0,2048}$/, 'at most 2048 characters on one line')
    .default(''),
});

const ssh = z.strictObject({
  key_path: path.optional().describe('Private key, beneath roots.keys. [ssh_key_path of the config]'),
  password_secret: z
    .string()
    .regex(/^[a-z][a-z0-9_-]{0,63}$/, 'the name of a secret in the config')
    .optional()
    .describe('Secret of the config with the password of a user that the image has, instead of a key.'),
  user: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'a Unix user name')
    .optional()
    .describe('User inside the guests. [ssh_user of the config]'),
  connect_timeout_s: z.int().min(1).max(600).default(10).describe('How long one attempt to connect may take.'),
});

/** The topology file, as people write it. Words in brackets are defaults that come from elsewhere. */
export const topologyFile = z.strictObject({
  cluster_name: slug('The cluster that this file makes.'),
  base_image: path.describe('Image under every node’s own disk, beneath roots.images.'),
  base_image_format: z
    .enum(['qcow2', 'raw'])
    .optional()
    .describe('Needed when the image’s name does not end in .qcow2 (qcow2), .img or .raw (raw).'),
  boot: boot.optional().describe('Direct kernel boot, where the provider can; without it the image boots itself.'),
  overlay_dir: path
    .optional()
    .describe('Where the nodes’ disks are kept, beneath roots.overlays. [<overlay_dir of the config>/<cluster_name>]'),
  network: network.describe('The network that all nodes share.'),
  nodes: z.array(node).min(1).max(64),
  ssh: ssh.prefault({}).describe('How labwarden enters the guests.'),
  snapshots: z
    .record(snapshot, snapshot)
    .default({})
    .describe('Names of your own for snapshots: logical name to snapshot name.'),
  provider: slug('Label of the provider in the config. [default_provider]').optional(),
  project: slug('Project that the cluster belongs to. [project of the config]').optional(),
  protected: z.boolean().default(false).describe('Only an admin may crash or destroy it.'),
  tags: z.array(slug('A tag that policies may ask for.')).max(16).default([]),
});

export type TopologyFile = z.output<typeof topologyFile>;
