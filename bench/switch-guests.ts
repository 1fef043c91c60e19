import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Values } from 'labwarden/sdk';
import { z } from 'labwarden/sdk';
import { byHand } from './support/by-hand.ts';
import { guestLab } from './support/guest-lab.ts';
import { byTurns } from './support/rounds.ts';
import { print, type Row, row } from './support/table.ts';

const seconds = 4;

/** iperf3 between two guests through our switch, against two whose network cards are joined directly. */
export async function switchGuests(): Promise<readonly Row[]> {
  await using lab = await guestLab({ pair: 2 });
  await lab.client.done('cluster_define', { topology_name: 'pair' });
  await lab.client.done('cluster_start', { cluster_name: 'pair' });
  await using hand = await byHand(lab.dir, 2, joined);
  const [one, two] = hand.shells;
  if (!one || !two) throw new Error('Two guests were asked for.');
  const node = (node_name: string) => async (command: string) => {
    const done = await lab.client.done('node_exec', { cluster_name: 'pair', node_name, command, timeout_s: 60 });
    return z.object({ stdout: z.string() }).parse(done).stdout;
  };
  const rates = await byTurns(3, {
    direct: () =>
      rate(
        (command) => one.exec(command),
        (command) => two.exec(command),
        '10.77.0.11',
      ),
    switched: () => rate(node('n1'), node('n2'), '10.78.0.11'),
  });
  const what = 'iperf3 between two guests';
  return [row(rates, { what, floor: 'direct', ours: 'switched', target: '≥ 0.80×', unit: 'Mbit/s' })];
}

/** The first guest listens, as always; the second dials it, where a switch would. */
async function joined(values: Values, index: number, lan: (index: number) => string): Promise<Values> {
  if (index === 0) return values;
  while (!existsSync(lan(0))) await pause(50);
  const [management = ''] = values['netdevs'] ?? [];
  const dial = { id: 'net1', type: 'stream', server: false, addr: { type: 'unix', path: lan(0) } };
  return { ...values, netdevs: [management, JSON.stringify(dial)] };
}

type Exec = (command: string) => Promise<string>;

async function rate(server: Exec, client: Exec, address: string): Promise<number> {
  await server('iperf3 -s -1 -D');
  await pause(500);
  const report = JSON.parse(await client(`iperf3 -J -t ${seconds} -c ${address}`));
  return report.end.sum_received.bits_per_second / 1e6;
}

if (import.meta.main) print(await switchGuests());
