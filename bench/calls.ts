import { ownFolder } from '../test/support/folder.ts';
import { labFiles } from '../test/support/lab.ts';
import { policiesWith } from './support/policies.ts';
import { bareSdk, build, built, stop } from './support/programs.ts';
import { rawDisk } from './support/raw-disk.ts';
import { byTurns, middle } from './support/rounds.ts';
import { Speaker } from './support/speaker.ts';
import { over, print, type Row, row } from './support/table.ts';

const rounds = 9;
const callsARound = 200;

/** One call over stdio, through the relay and down the whole line, over a hypervisor in memory that costs nothing. */
export async function calls(): Promise<readonly Row[]> {
  build();
  await using folder = await ownFolder();
  await using opened = new AsyncDisposableStack();
  await labFiles(folder.path, { lasting: false, policies: await policiesWith({ deny }) });
  const bare = opened.use(await Speaker.start(bareSdk));
  const ours = opened.use(await Speaker.start(built(folder.path)));
  opened.defer(async () => stop(folder.path));
  const disk = opened.use(rawDisk(folder.path));
  await ours.done('cluster_define', { topology_name: 'red' });
  await ours.done('cluster_start', { cluster_name: 'red' });
  const many = (call: () => Promise<unknown>) => () => middle(callsARound, call);
  const measured = await byTurns(rounds, {
    echo: many(() => bare.call('echo', { text: 'hello' })),
    list: many(() => ours.done('cluster_list', {})),
    status: many(() => ours.done('cluster_status', { cluster_name: 'red' })),
    refused: many(() => refused(ours)),
    change: many(() => ours.done('cluster_start', { cluster_name: 'red' })),
    sync: many(() => disk.sync()),
  });
  return rows(measured);
}

type Measured = Awaited<ReturnType<typeof byTurns<'echo' | 'list' | 'status' | 'refused' | 'change' | 'sync'>>>;

const rows = (measured: Measured): readonly Row[] => [
  row(measured, {
    ...{ what: 'cluster_list, p50', floor: 'echo', ours: 'list', target: '≤ +0.50 ms' },
    ...{ result: ({ list, echo }) => list - echo, shown: over },
  }),
  row(measured, {
    ...{ what: 'cluster_status, p50', floor: 'echo', ours: 'status', target: '≤ +0.50 ms' },
    ...{ result: ({ status, echo }) => status - echo, shown: over },
  }),
  row(measured, {
    ...{ what: 'a call that policy refuses, p50', floor: 'echo', ours: 'refused', target: '< +1.00 ms' },
    ...{ result: ({ refused, echo }) => refused - echo, shown: over },
  }),
  row(measured, {
    ...{ what: 'a change, less two bare syncs, p50', floor: 'echo', ours: 'change', target: '≤ +0.50 ms' },
    ...{ result: ({ change, echo, sync }) => change - echo - 2 * sync, shown: over },
  }),
];

async function refused(ours: Speaker): Promise<void> {
  const { result } = await ours.call('node_crash', { cluster_name: 'red', node: 'b' });
  if (!result?.isError) throw new Error('Policy was to refuse it.');
}

/** The one thing that this lab forbids. */
const deny = [{ id: 'keep-b', actions: ['crash'], on: 'vm', where: { name: 'b' }, reason: 'It is in use.' }];

if (import.meta.main) print(await calls());
