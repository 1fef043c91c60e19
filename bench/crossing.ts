import type { AnyOperation, Pipe } from 'labwarden/sdk';
import { type Place, type Placed, place, places } from '../test/support/crossing/places.ts';
import { quietCall } from '../test/support/quiet-call.ts';
import { clusterOf } from '../test/support/vms.ts';
import { byTurns, middle, timed } from './support/rounds.ts';
import { over, print, type Row, row } from './support/table.ts';

const calls = 300;
const pieces = 320;
const piece = new Uint8Array(64 * 1024);

/** What it costs to have a plugin in a process of its own, against the same plugin in ours. */
export async function crossing(): Promise<readonly Row[]> {
  await using opened = new AsyncDisposableStack();
  const at = async (where: Place) => opened.use(await place(where, 'crossing'));
  const [here, child] = [await at(places[0]), await at(places[1])];
  const measured = await byTurns(9, {
    ...{ 'a call here': () => call(here), 'a call in a child': () => call(child) },
    ...{ 'a port here': () => port(here), 'a port in a child': () => port(child) },
    ...{ 'a pipe here': () => pipe(here), 'a pipe in a child': () => pipe(child) },
  });
  const rate = ({ 'a pipe in a child': ms }: Readonly<Record<'a pipe in a child', number>>) => mebibytes / (ms / 1000);
  return [
    row(measured, {
      ...{
        what: 'a call of a plugin in a child',
        floor: 'a call here',
        ours: 'a call in a child',
        target: '≤ +0.20 ms',
      },
      ...{ result: (ms) => ms['a call in a child'] - ms['a call here'], shown: over },
    }),
    row(measured, {
      ...{ what: 'a port call from a child', floor: 'a port here', ours: 'a port in a child', target: '≤ +0.20 ms' },
      result: (ms) => ms['a port in a child'] - ms['a call in a child'] - ms['a port here'] + ms['a call here'],
      shown: over,
    }),
    row(measured, {
      ...{ what: `${mebibytes} MiB through a pipe into a child`, floor: 'a pipe here', ours: 'a pipe in a child' },
      ...{ target: '≥ 150 MiB/s', result: rate, shown: (value) => `${Math.round(value)} MiB/s` },
    }),
  ];
}

const mebibytes = (pieces * piece.byteLength) / 1024 ** 2;

const call = (placed: Placed) => middle(calls, () => run(placed, 'edge_environment', {}));

const port = (placed: Placed) =>
  middle(calls, () => run(placed, 'edge_echo', { clock: { now: async () => '2026-01-01T00:00:00.000Z' } }));

const pipe = (placed: Placed) => timed(() => run(placed, 'edge_read', { files: { read: async () => source() } }));

async function run({ plugin }: Placed, name: string, ports: object): Promise<unknown> {
  const operations: readonly AnyOperation[] = plugin.kind === 'capability' ? plugin.operations : [];
  const operation = operations.find((each) => each.name === name);
  const context = { call: quietCall, cluster: { ...clusterOf('trio'), nodes: [] }, ports };
  return await operation?.run(context, { pause_after: -1 });
}

function source(): Pipe {
  let left = pieces;
  return { read: async () => (left-- > 0 ? piece : undefined), write: async () => {}, close: async () => {} };
}

if (import.meta.main) print(await crossing());
