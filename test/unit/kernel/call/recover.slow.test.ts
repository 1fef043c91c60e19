import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { openAuditLog } from '../../../../src/audit/index.ts';
import type { Reservation } from '../../../../src/state/index.ts';
import { ownFolder } from '../../../support/folder.ts';
import { labFiles, me, openLab, type TestLab } from '../../../support/lab.ts';
import { openedState, reservation } from '../../../support/state.ts';

interface Left {
  readonly tool?: string;
  /** What the audit log has of it: nothing, its intent, or its end as well. */
  readonly log?: 'nothing' | 'intent' | { readonly code: string };
  /** Whether it had noted what it was about to do. */
  readonly noted?: boolean;
  /** Whether the cluster was there before the call. */
  readonly known?: boolean;
  readonly name?: string;
}

const draft = ({ creates: [creation] }: Reservation, known: boolean) => {
  if (!creation) throw new Error('It makes one.');
  const { cluster, nodes } = creation;
  const common = { type: 'cluster', action: 'create', facts: cluster, typed: cluster.name, states: {} };
  return { subjects: { cluster: [{ ...common, nodes, members: nodes, draft: !known }] } };
};

/** Writes down, as a server would, a call that it did not bring to its end. Answers its id. */
async function leave(dir: string, left: Left = {}): Promise<string> {
  const { tool = 'cluster_define', log = 'intent', noted = log !== 'nothing', known = false, name = 'torn' } = left;
  const wanted = reservation({ owner: me.user, name, folder: dir });
  const { id } = wanted.intent;
  const intent = { ...wanted.intent, tool, subjects: draft(wanted, known) };
  await using state = openedState(join(dir, 'state'));
  await state.reserve({ ...wanted, intent });
  if (noted) await state.note(id, { step: 'define', data: { nodes: ['n0', 'n1'] } });
  if (log === 'nothing') return id;
  await using audit = await openAuditLog({ dir: join(dir, 'state/audit') });
  await audit.append({ kind: 'intent', op: id, who: me, act: tool });
  if (log !== 'intent') await audit.append({ kind: 'outcome', op: id, who: me, act: tool, data: log });
  return id;
}

const jobOf = async ({ lab }: TestLab, id: string) => await lab.state.byId('job', id);
const kinds = async (lab: TestLab, id: string) => (await lab.records(id)).map(({ kind, data }) => [kind, data]);

async function noTrace({ lab }: TestLab): Promise<void> {
  expect(await lab.state.all('cluster')).toEqual([]);
  expect(await lab.state.all('vm')).toEqual([]);
  for (const node of ['n0', 'n1'])
    expect(await lab.state.disk(`/overlays/${me.user}/torn/${node}.qcow2`)).toBeUndefined();
  expect(await lab.state.unsettled()).toEqual([]);
  expect(lab.locks.size).toBe(0);
}

test('a call that was reserved and never logged never began: all it had reserved is free', async () => {
  await using folder = await ownFolder();
  const files = await labFiles(folder.path);
  const id = await leave(folder.path, { log: 'nothing' });
  await using lab = await openLab(files);
  await lab.kernel.recovered;
  await noTrace(lab);
  expect(await jobOf(lab, id)).toMatchObject({ status: 'failed', error: { code: 'CANCELLED' } });
  expect(await kinds(lab, id)).toEqual([['outcome', { code: 'CANCELLED', begun: false, recovered: 'undone' }]]);
});

test('nor does it wait for a hypervisor that nobody can reach', async () => {
  await using folder = await ownFolder();
  const files = await labFiles(folder.path);
  await leave(folder.path, { log: 'nothing' });
  await using lab = await openLab(files);
  // The provider has had no time to connect.
  await lab.kernel.recovered;
  await noTrace(lab);
});

test('a call that was logged and had noted nothing is undone, with all it had reserved', async () => {
  await using folder = await ownFolder();
  const files = await labFiles(folder.path);
  const id = await leave(folder.path, { noted: false });
  await using lab = await openLab(files);
  await lab.kernel.recovered;
  await noTrace(lab);
  expect(await kinds(lab, id)).toEqual([
    ['intent', undefined],
    ['outcome', { code: 'CANCELLED', recovered: 'undone' }],
  ]);
});

test('what was being written when the server died goes with its machine: a seed holds a private key', async () => {
  await using folder = await ownFolder();
  const files = await labFiles(folder.path);
  const id = await leave(folder.path);
  const seeds = join(folder.path, 'seeds');
  await mkdir(seeds);
  for (const name of [`v0-${id}.iso`, `v1-${id}.iso.tmp`]) await writeFile(join(seeds, name), 'a key');
  await using lab = await openLab(files);
  await lab.kernel.recovered;
  expect(await readdir(seeds)).toEqual([]);
});

test('a call that noted something is recovered even when somebody has exchanged the log', async () => {
  await using folder = await ownFolder();
  const files = await labFiles(folder.path);
  const id = await leave(folder.path, { log: 'nothing', noted: true });
  await using lab = await openLab(files);
  await lab.kernel.recovered;
  await noTrace(lab);
  expect(await kinds(lab, id)).toEqual([['outcome', { code: 'CANCELLED', recovered: 'undone' }]]);
});

test.each([
  ['ok', { status: 'done', progress: { message: expect.stringContaining('what it answered is not known') } }, 1],
  ['PROVIDER_FAILED', { status: 'failed', error: { code: 'PROVIDER_FAILED' } }, 0],
  ['OUTCOME_UNKNOWN', { status: 'unknown', error: { code: 'OUTCOME_UNKNOWN' } }, 1],
])('a call that had ended with %s is settled as the log says', async (code, job, clusters) => {
  await using folder = await ownFolder();
  const files = await labFiles(folder.path);
  const id = await leave(folder.path, { log: { code } });
  await using lab = await openLab(files);
  await lab.kernel.recovered;
  expect(await jobOf(lab, id)).toMatchObject(job);
  expect(await jobOf(lab, id)).not.toHaveProperty('result');
  expect(await lab.lab.state.all('cluster')).toHaveLength(clusters);
  expect(await lab.lab.state.unsettled()).toEqual([]);
  // It has had its outcome.
  expect(await kinds(lab, id)).toEqual([
    ['intent', undefined],
    ['outcome', { code }],
  ]);
});

test('a destroy that had ended well has taken the name with it', async () => {
  await using folder = await ownFolder();
  const files = await labFiles(folder.path);
  await leave(folder.path, { tool: 'cluster_destroy', log: { code: 'ok' }, known: true });
  await using lab = await openLab(files);
  await lab.kernel.recovered;
  expect(await lab.lab.state.all('cluster')).toEqual([]);
});

test('an intent that only the log knows has an outcome from then on', async () => {
  await using folder = await ownFolder();
  const files = await labFiles(folder.path);
  {
    await using audit = await openAuditLog({ dir: join(folder.path, 'state/audit') });
    await audit.append({ kind: 'intent', op: 'alone', who: me, act: 'cluster_define' });
  }
  await using lab = await openLab(files);
  await lab.kernel.recovered;
  expect(await kinds(lab, 'alone')).toEqual([
    ['intent', undefined],
    ['outcome', { code: 'OUTCOME_UNKNOWN', recovered: 'unknown' }],
  ]);
});

test.each([
  ['done', 'ok'],
  ['failed', 'PROVIDER_FAILED'],
] as const)('an intent whose call the state knows to be %s has that outcome', async (status, code) => {
  await using folder = await ownFolder();
  const files = await labFiles(folder.path);
  const id = await leave(folder.path);
  {
    await using state = openedState(join(folder.path, 'state'));
    const error = { code, message: 'It failed.', details: {} };
    const end = { status, endedAt: new Date().toISOString(), drops: [], touches: [] };
    await state.settle(id, { ...end, ...(status === 'failed' && { error }) });
  }
  await using lab = await openLab(files);
  await lab.kernel.recovered;
  expect(await kinds(lab, id)).toEqual([
    ['intent', undefined],
    ['outcome', { code, recovered: 'settled' }],
  ]);
});

test('a start is finished on paused nodes as well', async () => {
  await using folder = await ownFolder();
  const files = await labFiles(folder.path);
  const id = await leave(folder.path, { tool: 'cluster_start', known: true });
  const vms = [`vm/v0-${id}`, `vm/v1-${id}`];
  {
    await using state = openedState(join(folder.path, 'state'));
    for (const [index, vm] of vms.entries())
      await state.cabinet('provider-main').set(vm, { state: index === 0 ? 'paused' : 'stopped', console: '' });
  }
  await using lab = await openLab(files);
  await lab.kernel.recovered;
  const cabinet = lab.lab.state.cabinet('provider-main');
  for (const vm of vms) expect(await cabinet.get(vm)).toMatchObject({ state: 'running' });
  const got = await lab.ask('job_get', { job_id: id });
  expect(got).toMatchObject({ data: { status: 'done', progress: expect.stringContaining('It is finished') } });
  expect(got).not.toHaveProperty('data.result');
});

test('calls of a plugin that is no longer there are unknown, keep their names, and hinder no start', async () => {
  await using folder = await ownFolder();
  const files = await labFiles(folder.path);
  const known = await leave(folder.path, { tool: 'thing_gone' });
  {
    // A second one beside it, on the very same things.
    await using state = openedState(join(folder.path, 'state'));
    const [first] = await state.unsettled();
    if (first) await state.reserve({ intent: { ...first, id: 'second' }, creates: [], bounds: [] });
    await using audit = await openAuditLog({ dir: join(folder.path, 'state/audit') });
    await audit.append({ kind: 'intent', op: 'second', who: me, act: 'thing_gone' });
  }
  await using lab = await openLab(files);
  await lab.kernel.recovered;
  expect(await jobOf(lab, known)).toMatchObject({ status: 'unknown', error: { code: 'OUTCOME_UNKNOWN' } });
  expect(await lab.lab.state.unsettled()).toEqual([]);
  expect(await lab.lab.state.all('cluster')).toHaveLength(1);
  expect(lab.lab.locks.size).toBe(0);
});

test('until it is recovered nobody else touches it; and a hypervisor that stands still keeps no server from stopping', async () => {
  await using folder = await ownFolder();
  const limits = { stop_grace_s: 1 };
  const faults = [{ at: 'define.discard', of: 'n0', how: 'freeze' }];
  const id = await leave(folder.path, { name: 'red' });
  {
    await using lab = await openLab(await labFiles(folder.path, { faults, limits }));
    await vi.waitFor(async () => expect(await lab.world('struck/')).toHaveLength(1), { interval: 5 });
    expect(await lab.ask('cluster_define', { topology_name: 'red' })).toMatchObject({
      ok: false,
      error: { code: 'CONFLICT' },
    });
    expect(await lab.agree('cluster_destroy', { cluster_name: 'red' })).toMatchObject({
      ok: false,
      error: {
        code: 'BUSY',
        message: expect.stringContaining('Recovery of cluster_define is at work'),
        details: { job: id },
      },
    });
    expect(await lab.ask('job_cancel', { job_id: id })).toMatchObject({
      ok: false,
      error: { code: 'CONFLICT', message: expect.stringContaining('is being recovered, which cannot be cancelled') },
    });
    expect(await jobOf(lab, id)).toMatchObject({ status: 'running' });
  }
  await using lab = await openLab(await labFiles(folder.path, { limits }));
  await lab.kernel.recovered;
  expect(await jobOf(lab, id)).toMatchObject({ status: 'failed' });
  await noTrace(lab);
});

test('a job that is being recovered is waited for', async () => {
  await using folder = await ownFolder();
  const id = await leave(folder.path);
  await using lab = await openLab(await labFiles(folder.path));
  expect(await lab.ask('job_get', { job_id: id, wait_s: 40 })).toMatchObject({
    ok: true,
    data: { job_id: id, status: 'failed', error: { code: 'CANCELLED' } },
  });
});
