import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { ownFolder } from '../../test/support/folder.ts';
import { policiesWith } from './policies.ts';
import { build, built, stop } from './programs.ts';
import { Speaker } from './speaker.ts';

/** Where the tiny image lies, which `npm run setup` makes. */
export const images: string = join(
  process.env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'),
  'labwarden',
  'images',
);

/** A lab with real guests, emulated wherever it runs, and a client of it. */
export interface GuestLab extends AsyncDisposable {
  readonly dir: string;
  readonly client: Speaker;
  /** Takes the cluster away with all that is its own. */
  destroy(cluster: string): Promise<void>;
}

/** With the topologies of these names and node counts. */
export async function guestLab(clusters: Readonly<Record<string, number>>): Promise<GuestLab> {
  build();
  await using opened = new AsyncDisposableStack();
  const { path: dir } = opened.use(await ownFolder());
  await mkdir(join(dir, 'topologies'));
  for (const [name, nodes] of Object.entries(clusters))
    await writeFile(join(dir, `topologies/${name}.yaml`), stringify(topology(name, nodes)));
  await configure(dir);
  opened.defer(async () => stop(dir));
  const client = opened.use(await Speaker.start(built(dir)));
  const destroy = async (cluster: string) => {
    await client.done('cluster_destroy', { cluster_name: cluster, remove_overlays: true });
  };
  for (const cluster of Object.keys(clusters)) opened.defer(() => destroy(cluster).catch(() => {}));
  const resources = opened.move();
  return { dir, client, destroy, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

async function configure(dir: string): Promise<void> {
  // Nobody sits at a benchmark and agrees.
  const confirm = [{ id: 'unasked', level: 'none', actions: ['destroy'], on: ['cluster', 'vm'] }];
  const policies = await policiesWith({ confirm });
  for (const [index, policy] of policies.entries())
    await writeFile(join(dir, `policy-${index}.yaml`), stringify(policy));
  const config = {
    ...{ state_dir: 'state', runtime_dir: 'run', log_file: 'lab.log', log_level: 'warn' },
    ...{ topology_dir: 'topologies', roots: { images } },
    ...{ policies: policies.map((_, index) => `policy-${index}.yaml`) },
    providers: { main: { plugin: 'qemu-direct', accelerator: 'tcg' } },
  };
  await writeFile(join(dir, 'labwarden.yaml'), stringify(config));
}

export const tiny = {
  image: 'tiny.qcow2',
  boot: {
    kernel: 'tiny-vmlinuz',
    initrd: 'tiny-initrd',
    cmdline: 'root=/dev/vda1 rw console=ttyS0 mitigations=off',
  },
  memoryMb: 128,
} as const;

const topology = (name: string, nodes: number) => ({
  ...{ cluster_name: name, base_image: tiny.image, boot: tiny.boot },
  network: { name, bridge: `lw-${name}`, subnet: '10.78.0.0/24' },
  nodes: Array.from({ length: nodes }, (_, index) => ({
    ...{ name: `n${index + 1}`, role: 'member', memory_mb: tiny.memoryMb, ip: `10.78.0.${11 + index}` },
  })),
});
