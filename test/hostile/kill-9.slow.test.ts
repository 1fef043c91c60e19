import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { verifyAudit } from '../../src/audit/index.ts';
import { labFiles, openLab, type Place, type TestLab } from '../support/lab.ts';
import { labProcess, struck } from '../support/lab-process.ts';
import { type Person, v2 } from '../support/mcp/clients.ts';
import { type Served, served } from '../support/mcp/served.ts';

const names = { nothing: [], defined: ['cluster_define'], running: ['cluster_define', 'cluster_start'] };

/** One call on cluster `red`, from what was before it to how it must have ended after the next start. */
interface Sweep {
  readonly tool: string;
  readonly args: object;
  readonly from: keyof typeof names;
  /** Verbs, each with the names of what it is done to: the server dies before and after each. */
  readonly at: Readonly<Record<string, readonly string[]>>;
  readonly status: 'done' | 'failed' | 'unknown';
  /** What the nodes do then; without it there is no cluster. */
  readonly nodes?: readonly string[];
  /** Whether its disks are kept for the next one. */
  readonly disks?: true;
}

const both = ['a', 'b'];
const red = { cluster_name: 'red' };
const crash = (node: string): Sweep => ({
  ...{ tool: 'node_crash', args: { ...red, node, restart_after: true }, from: 'running' },
  at: { 'power.cut': [node], 'lan.define': ['red'], 'power.start': [node], 'guest.ready': [node] },
  ...{ status: 'done', nodes: ['running', 'running'] },
});

const sweeps: Readonly<Record<string, Sweep>> = {
  'a define is undone': {
    ...{ tool: 'cluster_define', args: { topology_name: 'red' }, from: 'nothing' },
    at: { 'lan.define': ['red'], 'define.create': both, 'lan.active': ['red'] },
    status: 'failed',
  },
  'a start is finished': {
    ...{ tool: 'cluster_start', args: red, from: 'defined' },
    at: { 'lan.define': ['red'], 'power.start': both, 'guest.ready': both },
    ...{ status: 'done', nodes: ['running', 'running'] },
  },
  'a crash of the first node is finished': crash('a'),
  'a crash of the second node is finished': crash('b'),
  'a shutdown is finished': {
    ...{ tool: 'cluster_stop', args: red, from: 'running', at: { 'power.shutdown': both, 'lan.active': ['red'] } },
    ...{ status: 'done', nodes: ['stopped', 'stopped'] },
  },
  'a power cut is finished': {
    ...{ tool: 'cluster_stop', args: { ...red, mode: 'destroy' }, from: 'running', at: { 'power.cut': both } },
    ...{ status: 'done', nodes: ['stopped', 'stopped'] },
  },
  'a destroy is finished': {
    ...{ tool: 'cluster_destroy', args: red, from: 'running' },
    at: { 'power.cut': both, 'define.remove': both, 'lan.remove': ['red'] },
    ...{ status: 'done', disks: true },
  },
  'a destroy with its disks is finished': {
    ...{ tool: 'cluster_destroy', args: { ...red, remove_overlays: true }, from: 'running' },
    ...{ at: { 'define.erase': both, 'lan.remove': ['red'] }, status: 'done' },
  },
  'a door is opened': {
    ...{ tool: 'cluster_handle', args: red, from: 'running', at: { 'guest.door': both } },
    ...{ status: 'done', nodes: ['running', 'running'] },
  },
  'a command nobody knows the end of is unknown': {
    ...{ tool: 'node_exec', args: { ...red, node_name: 'a', command: 'true' }, from: 'running' },
    ...{ at: { 'guest.exec': ['a'] }, status: 'unknown', nodes: ['running', 'running'] },
  },
};

describe.each(Object.entries(sweeps))('killed in the middle, %s', (_, sweep) => {
  const moments = Object.entries(sweep.at).flatMap(([verb, each]) =>
    each.flatMap((of) => (['before', 'after'] as const).map((when) => [when, verb, of] as const)),
  );

  test.each(moments)('%s %s of %s', async (when, verb, of) => {
    await using lab = await served();
    await prepared(lab, sweep);
    await killedAt(lab, sweep, { at: verb, of, when });
    await survived(lab, sweep);
  });
});

describe('killed again while it recovers', () => {
  test.each([
    ['a define is undone', 'define.create', 'define.discard', 'before'],
    ['a define is undone', 'define.create', 'define.discard', 'after'],
    ['a define is undone', 'define.create', 'lan.remove', 'after'],
    ['a start is finished', 'power.start', 'power.start', 'after'],
    ['a destroy is finished', 'power.cut', 'define.remove', 'after'],
    ['a destroy with its disks is finished', 'define.erase', 'define.erase', 'after'],
  ] as const)('%s, after %s and %s', async (what, first, second, when) => {
    const sweep = sweeps[what] as Sweep;
    await using lab = await served();
    await prepared(lab, sweep);
    await killedAt(lab, sweep, { at: first, of: 'a', when: 'after' });
    const of = second === 'lan.remove' ? 'red' : 'b';
    await rewritten(lab, [{ at: second, of, when, how: 'freeze' }]);
    await using again = await labProcess(lab);
    await struck(lab, second);
    await again.kill();
    await survived(lab, sweep);
  });
});

test('killed with its plugins in processes of their own, it comes back and says how the call ended', async () => {
  const place: Place = 'in a child';
  const sweep = sweeps['a start is finished'] as Sweep;
  await using lab = await served({ place });
  await prepared(lab, sweep, place);
  await killedAt(lab, sweep, { at: 'power.start', of: 'b', when: 'after' }, place);
  await rewritten(lab, [], place);
  await using client = await v2(lab, person);
  const jobs = Object((await client.call('job_list', { limit: 1 })).structuredContent).jobs;
  expect(jobs).toMatchObject([{ tool: 'cluster_start' }]);
  const job = await client.call('job_get', { job_id: jobs[0].job_id, wait_s: 40 });
  expect(job.structuredContent).toMatchObject({ status: 'done' });
  expect((await client.call('cluster_status', red)).structuredContent).toMatchObject({
    nodes: [{ domain_state: 'running' }, { domain_state: 'running' }],
  });
  expect(await lab.run('audit', 'verify')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^whole: /) });
  await client.call('cluster_destroy', { ...red, remove_overlays: true });
  await client.close();
});

type Fault = { readonly at: string; readonly of: string; readonly when: 'before' | 'after'; readonly how: 'freeze' };

const person: Person = (message) => ({ type_the_name: /Type "([^"]+)" to agree/.exec(message)?.[1] ?? '' });

const rewritten = async ({ dir }: Served, faults: readonly Fault[], place: Place = 'in process') =>
  await labFiles(dir, { faults, place });

async function prepared(files: Served, { from }: Sweep, place?: Place): Promise<void> {
  await using lab = await openLab(await rewritten(files, [], place));
  for (const tool of names[from])
    expect(await lab.ask(tool, tool === 'cluster_define' ? { topology_name: 'red' } : red)).toMatchObject({ ok: true });
}

/** Starts the server with a world that stands still there, makes the call, and kills the server when it does. */
async function killedAt(lab: Served, { tool, args }: Sweep, fault: Omit<Fault, 'how'>, place?: Place): Promise<void> {
  await rewritten(lab, [{ ...fault, how: 'freeze' }], place);
  await using server = await labProcess(lab);
  await using client = await v2(lab, person);
  const answer = client.call(tool, args).catch(() => 'lost');
  const reached = struck(lab, fault.at).then(() => 'reached');
  expect(await Promise.race([reached, answer])).toBe('reached');
  await server.kill();
  expect(await answer).toBe('lost');
}

/** Starts it again, and looks for anything that a crash may have left. */
async function survived(files: Served, sweep: Sweep): Promise<void> {
  {
    await using lab = await openLab(await rewritten(files, []));
    await lab.kernel.recovered;
    await settled(lab, sweep);
    await asPromised(files, lab, sweep);
    await usable(lab);
    expect(await leftovers(files, lab)).toEqual(nothing);
    await oneOutcomeEach(lab);
  }
  expect(await verifyAudit(join(files.state, 'audit'))).toMatchObject({ ok: true, closed: true, problems: [] });
}

async function settled({ lab }: TestLab, { tool, status }: Sweep): Promise<void> {
  expect(lab.locks.size).toBe(0);
  expect(await lab.state.unsettled()).toEqual([]);
  const [last] = await lab.state.all('job');
  expect(last).toMatchObject({ tool, status });
}

async function asPromised(files: Served, lab: TestLab, { nodes, disks }: Sweep): Promise<void> {
  const found = await lab.ask('cluster_status', red);
  if (nodes) {
    const each = nodes.map((domain_state) => ({ domain_state }));
    expect(found).toMatchObject({ ok: true, data: { network_active: true, nodes: each } });
    return;
  }
  expect(found).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } });
  const { world, rows, ...rest } = await leftovers(files, lab);
  expect(rest).toEqual({ clusters: 0, vms: 0, seeds: [], hostKeys: [] });
  expect([world.length, rows.length]).toEqual(disks ? [2, 2] : [0, 0]);
  for (const row of rows) expect(row).toMatchObject({ vm_id: null });
}

/** Whatever became of it, its owner goes on as if nothing had happened. */
async function usable(lab: TestLab): Promise<void> {
  const running = [{ domain_state: 'running' }, { domain_state: 'running' }];
  expect(await lab.ask('cluster_define', { topology_name: 'red' })).toMatchObject({ ok: true });
  expect(await lab.ask('cluster_start', red)).toMatchObject({ ok: true, data: { nodes: running } });
  expect(await lab.agree('cluster_destroy', { ...red, remove_overlays: true })).toMatchObject({ ok: true });
}

const nothing = { world: [], clusters: 0, vms: 0, rows: [], seeds: [], hostKeys: [] };

async function leftovers({ state }: Served, { lab, world }: TestLab) {
  const files = async (folder: string) => await readdir(join(state, folder)).catch(() => []);
  using database = new DatabaseSync(join(state, 'state.db'), { readOnly: true });
  return {
    world: (await world()).filter((key) => !key.startsWith('struck/')),
    clusters: (await lab.state.all('cluster')).length,
    vms: (await lab.state.all('vm')).length,
    rows: database.prepare('SELECT path, vm_id FROM disk').all(),
    seeds: await files('seeds'),
    // A key that was being written has another name, and is no machine's.
    hostKeys: await files('keys/host'),
  };
}

async function oneOutcomeEach(lab: TestLab): Promise<void> {
  const records = await lab.records();
  const ops = (kind: string) => records.filter((record) => record.kind === kind).map(({ op }) => op);
  expect(ops('outcome').sort()).toEqual(ops('intent').sort());
  expect(new Set(ops('intent')).size).toBe(ops('intent').length);
}
