import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Place, plainEnv, root } from '../demo/place.ts';

export interface GatePlace extends Place {
  /** The policy that this lab adds to the shipped roles. */
  readonly policy: string;
  /** What stands in it. */
  readonly rules: string;
  readonly audit: string;
}

const { username: account } = userInfo();

/** Everybody is this one account here, so it is policy that keeps them apart and not the system: docs/operating.md has a real shared lab. */
const people = { ana: { account }, bob: { account }, eve: { account }, olga: { account } };

const rules = stringify({
  version: 1,
  roles: {
    member: {
      include: ['user'],
      limits: [{ id: 'two-machines', per: 'person', vms: 2 }],
      confirm: [{ id: 'a-person-approves', level: 'human', actions: ['destroy'], on: ['cluster'] }],
    },
    'short-stay': {
      include: ['user'],
      limits: [
        { id: 'a-minute', per: 'person', lease: { default_h: 0.02, longest_h: 0.03, extensions: 1, grace_h: 0.001 } },
      ],
    },
    'by-day-only': {
      deny: [
        {
          id: 'the-night-bot-takes-nothing-away',
          actions: ['destroy', 'cut', 'crash'],
          on: ['cluster', 'vm'],
          reason: 'The night bot builds and runs. Taking away is for a person, by day.',
        },
      ],
    },
  },
  bindings: [
    { role: 'admin', users: ['ana'] },
    { role: 'member', users: ['bob'] },
    { role: 'short-stay', users: ['eve'] },
    { role: 'operator', users: ['olga'] },
    { role: 'by-day-only', agents: ['night-bot'] },
  ],
});

/** A lab of its own for four people, in a folder that is gone afterwards. */
export async function gatePlace(): Promise<GatePlace> {
  const dir = await mkdtemp(join(tmpdir(), 'lw-gate-'));
  const [config, policy] = [join(dir, 'labwarden.yaml'), join(dir, 'gate.yaml')];
  const state = process.env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state');
  await mkdir(join(dir, 'topologies'));
  for (const [name, nodes] of Object.entries({ web: 1, more: 2, brief: 1, spare: 1 }))
    await writeFile(join(dir, 'topologies', `${name}.yaml`), stringify(topology(name, nodes)));
  await writeFile(policy, rules);
  await writeFile(
    config,
    stringify({
      ...{ state_dir: 'state', runtime_dir: 'run', topology_dir: 'topologies', people, people_dir: 'people' },
      roots: { images: join(state, 'labwarden', 'images') },
      policies: [join(root, 'policies/roles.yaml'), 'gate.yaml'],
      leases: { trash_h: 0.001, cut_after_m: 0.5 },
    }),
  );
  // Nothing of this person's own: neither their runtime folder nor their approver keys.
  const env = { ...plainEnv(), XDG_RUNTIME_DIR: dir, XDG_CONFIG_HOME: join(dir, 'config') };
  const dispose = () => rm(dir, { recursive: true, force: true, maxRetries: 5 });
  return { dir, config, env, policy, rules, audit: join(dir, 'state', 'audit'), [Symbol.asyncDispose]: dispose };
}

const topology = (name: string, nodes: number) => ({
  ...{ cluster_name: name, base_image: 'tiny.qcow2', network: { name, bridge: `lw-${name}`, subnet: '10.77.1.0/24' } },
  boot: { kernel: 'tiny-vmlinuz', initrd: 'tiny-initrd', cmdline: 'root=/dev/vda1 rw console=ttyS0 mitigations=off' },
  nodes: Array.from({ length: nodes }, (_, at) => ({
    ...{ name: `n${at + 1}`, role: 'member', memory_mb: 128, ip: `10.77.1.${11 + at}` },
  })),
});
