import { readFile } from 'node:fs/promises';
import { z } from 'labwarden/sdk';
import { type GuestLab, guestLab } from './support/guest-lab.ts';
import { rawDisk } from './support/raw-disk.ts';
import { byTurns, middle } from './support/rounds.ts';
import { Shell } from './support/ssh.ts';
import { print, type Row, row } from './support/table.ts';

const rounds = 7;
const runs = 15;
const command = 'true';

/** A command inside guests over connections that are open already, against ssh2 by hand into the very same guests. */
export async function exec(): Promise<readonly Row[]> {
  await using lab = await guestLab({ trio: 3 });
  await lab.client.done('cluster_define', { topology_name: 'trio' });
  await lab.client.done('cluster_start', { cluster_name: 'trio' });
  using shells = new DisposableStack();
  const [first, ...others] = (await doors(lab)).map((shell) => shells.use(shell));
  if (!first) throw new Error('The cluster has no node.');
  const disk = shells.use(rawDisk(lab.dir));
  const one = { cluster_name: 'trio', node_name: 'n1', command };
  const measured = await byTurns(rounds, {
    hand: () => middle(runs, () => first.exec(command)),
    ours: () => middle(runs, () => lab.client.done('node_exec', one)),
    handAll: () => middle(runs, () => Promise.all([first, ...others].map((shell) => shell.exec(command)))),
    oursAll: () => middle(runs, () => lab.client.done('node_exec_all', { cluster_name: 'trio', command })),
    sync: () => middle(runs, () => disk.sync()),
  });
  return [
    row(measured, {
      ...{ what: 'node_exec, less two bare syncs', floor: 'hand', ours: 'ours', target: '≤ 1.20×' },
      result: ({ ours, sync, hand }) => (ours - 2 * sync) / hand,
    }),
    row(measured, { what: 'node_exec_all on three', floor: 'handAll', ours: 'oursAll', target: '≤ 1.20×' }),
  ];
}

const handle = z.object({
  nodes: z.array(z.object({ ssh_port: z.int(), ssh_user: z.string(), ssh_key_path: z.string() })),
});

/** Our own ways into the nodes, beside those that labwarden keeps. */
async function doors({ client }: GuestLab): Promise<readonly Shell[]> {
  const { nodes } = handle.parse(await client.done('cluster_handle', { cluster_name: 'trio' }));
  return await Promise.all(
    nodes.map(async ({ ssh_port: port, ssh_user: user, ssh_key_path }) =>
      Shell.open({ port, user, privateKey: await readFile(ssh_key_path, 'utf8') }),
    ),
  );
}

if (import.meta.main) print(await exec());
