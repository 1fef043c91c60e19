import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openAuditLog } from '../../src/audit/index.ts';
import { call } from '../../src/kernel/call/call.ts';
import type { Answer, Outcome, Request } from '../../src/kernel/call/steps.ts';
import { newCallId } from '../../src/kernel/call-id.ts';
import { toolsFor } from '../../src/kernel/tools.ts';
import type { Principal } from '../../src/sdk/index.ts';
import { faulty } from '../support/audit/index.ts';
import { ownFolder } from '../support/folder.ts';
import { labFiles, me, openLab, type TestLab } from '../support/lab.ts';

const person = (user: string): Principal => ({ user, groups: [], via: 'stdio' });
const [bob, carl, dora, eve] = [person('bob'), person('carl'), person('dora'), person('eve')];

const machines = ['cluster', 'vm'];
const policy = {
  version: 1,
  roles: {
    owner: {
      allow: [{ id: 'own', actions: ['*'], on: [...machines, 'job'], where: { owner: '$me' } }],
      deny: [
        { id: 'golden', actions: ['stop'], on: 'cluster', where: { name: 'golden' }, reason: 'It is a template.' },
      ],
      confirm: [
        { level: 'none', actions: ['crash'], on: machines },
        { level: 'ack', actions: ['exec'], on: 'cluster', where: { name: 'asked' } },
      ],
    },
    seer: { allow: [{ actions: ['inspect'], on: machines }] },
    starter: { allow: [{ actions: ['inspect', 'start'], on: machines }] },
    few: { limits: [{ id: 'few', per: 'person', vms: 4 }] },
    forbidden: { deny: [{ actions: ['exec'], on: 'cluster', reason: 'Nobody of you ever runs a command.' }] },
  },
  bindings: [
    { role: 'owner', users: [me.user, 'bob', 'eve', 'dora'] },
    { role: 'seer', users: ['eve'] },
    { role: 'starter', users: ['carl'] },
    { role: 'forbidden', users: ['dora'] },
    { role: 'few', users: ['bob'] },
  ],
};

const clusters = {
  ...{ golden: ['a'], asked: ['a'], slow: ['a', 'no-ssh'], torn: ['a', 'late'], lost: ['frozen'], held: ['no-start'] },
  ...{ mine: ['a', 'b'], raced: ['a', 'b'], left: ['a'], big: ['a', 'b', 'c'], large: ['a', 'b', 'c'], stale: ['a'] },
};
const faults = [
  { at: 'guest.ready', of: 'no-ssh', how: 'hang' },
  { at: 'define.create', of: 'late', when: 'after', how: 'hang' },
  { at: 'define.create', of: 'frozen', how: 'freeze' },
  { at: 'power.start', of: 'no-start', how: 'hang' },
];

let folder: Awaited<ReturnType<typeof ownFolder>>;
let lab: TestLab;

beforeAll(async () => {
  folder = await ownFolder();
  const limits = { stop_grace_s: 1 };
  const plugins = ['test/support/crossing'];
  lab = await openLab(await labFiles(folder.path, { faults, clusters, limits, plugins, policies: [policy] }));
  for (const topology_name of ['mine', 'golden', 'asked', 'stale', 'slow', 'held', 'left'])
    expect(await lab.ask('cluster_define', { topology_name })).toMatchObject({ ok: true });
  for (const cluster_name of ['mine', 'asked', 'left']) await lab.ask('cluster_start', { cluster_name });
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const refused = (code: string, message = '') => ({
  ok: false,
  error: { code, message: expect.stringContaining(message) },
});
const errorOf = (outcome: Outcome) => {
  if (outcome.ok) throw new Error('It was not refused.');
  return outcome.error;
};
const answerTo = (outcome: Outcome, more: Partial<Answer> = {}): Answer => {
  const { question, plan, expect: typed } = errorOf(outcome).details;
  return { question: String(question), plan: String(plan), said: 'yes', typed: String(typed), ...more };
};
const until = <T>(look: () => Promise<T>) => vi.waitFor(look, { interval: 5, timeout: 20_000 });
const statusOf = async (id: string) => (await lab.lab.state.byId('job', id))?.status;
/** A call that goes on, by its id, until somebody says stop. */
const begun = async (tool: string, args: object, extra: Partial<Request> = {}) => {
  const [id, stop] = [newCallId(), new AbortController()];
  const ended = lab.ask(tool, args, { id, stop: stop.signal, ...extra });
  await until(async () => expect(await statusOf(id)).toBe('running'));
  return { id, ended, stop: () => stop.abort() };
};

describe('who may', () => {
  test('what policy denies is FORBIDDEN, and says which rule and why', async () => {
    expect(await lab.ask('cluster_stop', { cluster_name: 'golden' })).toMatchObject({
      ...refused('FORBIDDEN', 'Policy refuses "stop" on cluster "golden": It is a template.'),
      error: {
        details: { action: 'stop', on: 'cluster "golden"', rule: expect.stringMatching(/policy-0\.yaml:15 golden$/) },
      },
    });
    expect(await lab.ask('cluster_start', { cluster_name: 'mine' }, { principal: eve })).toMatchObject(
      refused('FORBIDDEN', 'No rule of yours allows it. (default deny)'),
    );
  });

  test('what one may not see is answered in the words for what is not there', async () => {
    const said = async (cluster_name: string) => {
      const { code, message, details } = errorOf(await lab.ask('cluster_status', { cluster_name }, { principal: bob }));
      return { code, message: message.replaceAll(cluster_name, '…'), details };
    };
    expect(await said('mine')).toEqual(await said('nothing'));
    expect(await said(`${me.user}:mine`)).toEqual(await said(`${me.user}:nothing`));
    expect((await said('mine')).code).toBe('NOT_FOUND');
  });

  test.each([
    ['that no rule allows', carl],
    ['that a rule forbids on everything', dora],
  ])('a tool %s is not there, and not listed', async (_, principal) => {
    const command = { cluster_name: 'mine', node_name: 'a', command: 'true' };
    const hidden = errorOf(await lab.ask('node_exec', command, { principal }));
    const absent = errorOf(await lab.ask('node_nothing', command, { principal }));
    expect([hidden.code, hidden.message]).toEqual(['NOT_FOUND', 'There is no tool "node_exec".']);
    expect(absent.message.replace('nothing', 'exec')).toBe(hidden.message);
    const listed = [...toolsFor(lab.lab, { principal }).keys()];
    expect(listed).toContain('cluster_start');
    expect(listed).not.toContain('node_exec');
  });

  test('one refused node refuses the whole', async () => {
    const rule = { id: 'not-b', actions: ['exec'], on: 'vm', where: { name: 'b' }, reason: 'Not this one.' };
    await using own = await ownFolder();
    const roles = { all: { allow: [{ actions: ['*'], on: [...machines, 'job'] }], deny: [rule] } };
    const policies = [{ version: 1, roles, bindings: [{ role: 'all', users: ['*'] }] }];
    await using other = await openLab(await labFiles(own.path, { policies }));
    await other.ask('cluster_define', { topology_name: 'red' });
    await other.ask('cluster_start', { cluster_name: 'red' });
    const all = { cluster_name: 'red', command: 'true' };
    expect(await other.ask('node_exec_all', { ...all, nodes: ['a'] })).toMatchObject({ ok: true });
    expect(await other.ask('node_exec_all', { ...all, require_all: false })).toMatchObject(
      refused('FORBIDDEN', 'Policy refuses "exec" on vm "red/b": Not this one.'),
    );
  });

  test('nobody gets more VMs than they may have, however many ask at once', async () => {
    const define = (topology_name: string) => lab.ask('cluster_define', { topology_name }, { principal: bob });
    const ended = await Promise.all([define('big'), define('large')]);
    expect(ended.filter(({ ok }) => ok)).toHaveLength(1);
    expect(ended.find(({ ok }) => !ok)).toMatchObject(refused('LIMIT_EXCEEDED', '4 are allowed'));
    expect((await lab.lab.state.all('vm')).filter(({ owner }) => owner === 'bob')).toHaveLength(3);
  });
});

describe('a person is asked', () => {
  const stop = { cluster_name: 'mine', mode: 'destroy' };
  const exec = { cluster_name: 'asked', node_name: 'a', command: 'echo once' };

  test('and without a yes nothing happens', async () => {
    const asked = await lab.ask('cluster_stop', stop);
    expect(asked).toMatchObject(refused('CONFIRMATION_REQUIRED', `Cut the power of cluster "mine" of ${me.user}.`));
    expect(errorOf(asked).details).toMatchObject({
      ...{ question: expect.any(String), plan: expect.stringMatching(/^sha256:/), expect: 'mine' },
      preview: { effects: ['a stops at once; what it has not written is lost.', expect.stringContaining('b stops')] },
    });
    expect(await lab.ask('cluster_stop', stop, { answer: answerTo(asked, { said: 'no' }) })).toMatchObject(
      refused('DECLINED', 'Nothing was done.'),
    );
    const again = await lab.ask('cluster_stop', stop);
    expect(await lab.ask('cluster_stop', stop, { answer: answerTo(again, { typed: 'Mine' }) })).toMatchObject(
      refused('DECLINED', '"mine" was to be typed, and something else was.'),
    );
    // A no is an answer too: a yes to the same question comes too late.
    for (const spent of [asked, again])
      expect(await lab.ask('cluster_stop', stop, { answer: answerTo(spent) })).toMatchObject(
        refused('CONFIRMATION_STALE', 'used before'),
      );
    expect(await lab.ask('cluster_status', { cluster_name: 'mine' })).toMatchObject({
      data: { nodes: [{ domain_state: 'running' }, { domain_state: 'running' }] },
    });
  });

  test('an answer of another person, or to another question, counts for nothing', async () => {
    const asked = await lab.ask('cluster_stop', stop);
    const hers = { ...answerTo(asked), question: 'ffffffff-0000-4000-8000-000000000000' };
    const again = await lab.ask('cluster_stop', stop, { answer: hers });
    expect(again).toMatchObject(refused('CONFIRMATION_REQUIRED', 'belongs to no question that was asked here'));
    expect(answerTo(again).question).not.toBe(answerTo(asked).question);
    await lab.ask('cluster_define', { topology_name: 'solo' }, { principal: eve });
    const eves = await lab.ask('cluster_stop', { cluster_name: 'solo', mode: 'destroy' }, { principal: eve });
    expect(await lab.ask('cluster_stop', stop, { answer: answerTo(eves) })).toMatchObject(
      refused('CONFIRMATION_REQUIRED', 'belongs to no question'),
    );
    // A plan of one's own making is no better.
    const forged = answerTo(asked, { plan: answerTo(eves).plan });
    expect(await lab.ask('cluster_stop', stop, { answer: forged })).toMatchObject(refused('CONFIRMATION_REQUIRED'));
  });

  test('an answer counts for the very call that was shown', async () => {
    const answer = answerTo(await lab.ask('cluster_stop', stop));
    const other = { cluster_name: 'mine', remove_overlays: true };
    expect(await lab.ask('cluster_destroy', other, { answer })).toMatchObject(refused('CONFIRMATION_STALE'));
  });

  test('an answer that came too late asks again', async () => {
    const asked = await lab.ask('cluster_stop', stop);
    const later = { ...lab.lab, now: () => new Date(Date.now() + 5 * 60_000 + 1_000) };
    const never = new AbortController().signal;
    const request = { id: newCallId(), principal: me, tool: 'cluster_stop', args: stop, signal: never, stop: never };
    const again = await call(later, { ...request, answer: answerTo(asked) });
    expect(again).toMatchObject(refused('CONFIRMATION_REQUIRED', 'The answer came too late.'));
    expect(answerTo(again).question).not.toBe(answerTo(asked).question);
  });

  test('what has changed since it was shown is shown again, and the old answer is void', async () => {
    const destroy = { cluster_name: 'stale' };
    const asked = await lab.ask('cluster_destroy', destroy);
    expect(await lab.ask('cluster_start', destroy)).toMatchObject({ ok: true });
    const again = await lab.ask('cluster_destroy', destroy, { answer: answerTo(asked) });
    expect(again).toMatchObject({
      ...refused('CONFIRMATION_STALE', 'What would happen has changed since it was shown.'),
      error: {
        details: { preview: { effects: expect.arrayContaining([expect.stringContaining('a stops at once')]) } },
      },
    });
    expect(await lab.ask('cluster_destroy', destroy, { answer: answerTo(again) })).toMatchObject({ ok: true });
  });

  test('commands inside the guests do not make an answer void', async () => {
    const node = { cluster_name: 'left', node_name: 'a', command: 'true' };
    const asked = await lab.ask('cluster_stop', { cluster_name: 'left', mode: 'destroy' });
    expect(await lab.ask('node_exec', node)).toMatchObject({ ok: true });
    const answer = answerTo(asked);
    expect(await lab.ask('cluster_stop', { cluster_name: 'left', mode: 'destroy' }, { answer })).toMatchObject({
      ok: true,
    });
    expect(await lab.ask('cluster_stop', { cluster_name: 'left', mode: 'destroy' }, { answer })).toMatchObject(
      refused('CONFIRMATION_STALE', 'This confirmation was used before; ask again.'),
    );
  });

  test('of 64 that use one answer at once, one has an effect', async () => {
    const answer = answerTo(await lab.ask('node_exec', exec));
    const racing = Array.from({ length: 64 }, () => newCallId());
    const ended = await Promise.all(racing.map((id) => lab.ask('node_exec', exec, { id, answer })));
    expect(ended.filter(({ ok }) => ok)).toHaveLength(1);
    for (const one of ended.filter(({ ok }) => !ok))
      expect(one).toMatchObject(refused('CONFIRMATION_STALE', 'This confirmation was used before'));
    const kinds = (await lab.records()).filter(({ op }) => racing.includes(op ?? '')).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'intent')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'outcome')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'confirmation')).toHaveLength(63);
  });

  test('a forged answer is none, and stands in the log', async () => {
    const id = newCallId();
    expect(await lab.ask('node_exec', exec, { id, forged: true })).toMatchObject(refused('CONFIRMATION_REQUIRED'));
    expect(await lab.records(id)).toMatchObject([
      { kind: 'alarm', who: me, act: 'node_exec', data: { alarm: 'answer without a question' } },
      { kind: 'confirmation', data: { forged: true } },
    ]);
    const unasked = newCallId();
    await lab.ask('node_exec', { ...exec, cluster_name: 'mine' }, { id: unasked, forged: true });
    expect(await lab.records(unasked)).toMatchObject([
      { kind: 'alarm' },
      { kind: 'intent', data: { forged: true } },
      { kind: 'outcome' },
    ]);
  });
});

describe('the log', () => {
  test('has one line of a read, and of a call that was refused', async () => {
    const [read, no] = [newCallId(), newCallId()];
    await lab.ask('cluster_status', { cluster_name: 'mine' }, { id: read });
    await lab.ask('cluster_stop', { cluster_name: 'golden' }, { id: no });
    expect(await lab.records(read)).toMatchObject([
      {
        ...{ kind: 'decision', who: me, act: 'cluster_status', data: { code: 'ok' } },
        subjects: [{ type: 'cluster', name: 'mine' }],
        decision: {
          effect: 'allow',
          rule: expect.stringMatching(/policy-0\.yaml:5 own$/),
          policy: lab.lab.policy.hash,
        },
      },
    ]);
    expect(await lab.records(no)).toMatchObject([
      {
        kind: 'decision',
        decision: { effect: 'deny', rule: expect.stringMatching(/policy-0\.yaml:15 golden$/) },
        data: { code: 'FORBIDDEN' },
      },
    ]);
  });

  test('has the intent of a change before it happens, and the outcome after', async () => {
    const [vm] = await lab.lab.state.nodes((await lab.lab.state.named('cluster', 'held'))[0]?.id ?? '');
    const state = async () => Object(await lab.lab.state.cabinet('provider-main').get(`vm/${vm?.id}`)).state;
    const start = await begun('cluster_start', { cluster_name: 'held' });
    await until(async () => expect(await lab.world('struck/power.start/no-start')).toHaveLength(1));
    expect(await lab.records(start.id)).toMatchObject([
      { kind: 'intent', act: 'cluster_start', data: { effect: 'change' } },
    ]);
    expect(await state()).toBe('stopped');
    start.stop();
    expect(await start.ended).toMatchObject(refused('CANCELLED'));
    expect(await lab.records(start.id)).toMatchObject([
      { kind: 'intent' },
      { kind: 'outcome', data: { code: 'CANCELLED' } },
    ]);
  });

  test('that cannot be written stops every change before it happens, and gives back what was reserved', async () => {
    await using own = await ownFolder();
    await using broken = await openAuditLog({ dir: join(own.path, 'audit'), fs: faulty({ failedSync: 2 }).fs });
    const unlogged = { ...lab.lab, audit: broken };
    const never = new AbortController().signal;
    const request = (tool: string, args: object) => ({
      ...{ id: newCallId(), principal: me, tool, args, signal: never, stop: never },
    });
    const before = await lab.world();
    const define = request('cluster_define', { topology_name: 'red' });
    expect(await call(unlogged, define)).toMatchObject(refused('AUDIT_UNAVAILABLE', 'EIO'));
    expect(await statusOf(define.id)).toBe('failed');
    expect(await lab.world()).toEqual(before);
    expect(await lab.lab.state.named('cluster', 'red')).toEqual([]);
    expect(lab.lab.locks.size).toBe(0);
    // Reads go on, and whoever mends the log finds everything free.
    expect(await call(unlogged, request('cluster_list', {}))).toMatchObject({ ok: true });
    expect(await lab.ask('cluster_define', { topology_name: 'red' })).toMatchObject({ ok: true });
  });
});

describe('beside each other', () => {
  test('two calls never change the same thing, and the second is told what is in the way', async () => {
    const first = await begun('cluster_start', { cluster_name: 'slow' });
    await until(async () =>
      expect(await lab.ask('job_get', { job_id: first.id })).toMatchObject({
        data: { progress: '1 of 2 nodes let us in over SSH' },
      }),
    );
    const second = [
      ['cluster_start', { cluster_name: 'slow' }],
      ['cluster_define', { topology_name: 'slow' }],
      ['node_exec', { cluster_name: 'slow', node_name: 'a', command: 'true' }],
    ] as const;
    for (const [tool, args] of second)
      expect(await lab.ask(tool, args), tool).toMatchObject({
        ...refused('BUSY', 'cluster_start is at work on'),
        error: { details: { job: first.id, tool: 'cluster_start' } },
      });
    expect(await lab.ask('cluster_status', { cluster_name: 'slow' })).toMatchObject({ ok: true });
    first.stop();
    expect(await first.ended).toMatchObject(refused('CANCELLED', 'no-ssh'));
    expect(await lab.ask('node_exec', second[2][1])).toMatchObject({ ok: true });
  });

  test('one command goes on beside another, on the same node', async () => {
    const command = { cluster_name: 'mine', node_name: 'a' };
    const long = await begun('node_exec', { ...command, command: 'sleep 600', timeout_s: 600 });
    const many = Array.from({ length: 20 }, () => lab.ask('node_exec', { ...command, command: 'true' }));
    for (const one of await Promise.all(many)) expect(one).toMatchObject({ ok: true, data: { exit_code: 0 } });
    expect(await statusOf(long.id)).toBe('running');
    long.stop();
    expect(await long.ended).toMatchObject(refused('CANCELLED'));
  });

  test('nothing is held once all calls have ended', () => {
    expect(lab.lab.locks.size).toBe(0);
  });
});

describe('a job', () => {
  const sleep = { cluster_name: 'mine', node_name: 'a', command: 'sleep 1' };

  test('goes on when its caller hangs up, and loses nothing', async () => {
    const gone = new AbortController();
    const exec = await begun('node_exec', sleep, { signal: gone.signal });
    gone.abort();
    expect(await exec.ended).toMatchObject({
      ...refused('STILL_RUNNING', `The job goes on as ${exec.id}.`),
      error: { details: { job_id: exec.id } },
    });
    expect(await lab.ask('job_get', { job_id: exec.id, wait_s: 40 })).toMatchObject({
      ok: true,
      data: { job_id: exec.id, tool: 'node_exec', owner: me.user, status: 'done', result: { node: 'a', exit_code: 0 } },
    });
    expect(await lab.records(exec.id)).toMatchObject([{ kind: 'intent' }, { kind: 'outcome', data: { code: 'ok' } }]);
  });

  test('a caller who hangs up before anything is written down has done nothing', async () => {
    const id = newCallId();
    const signal = AbortSignal.abort(new DOMException('gone', 'AbortError'));
    expect(await lab.ask('cluster_define', { topology_name: 'raced' }, { id, signal })).toMatchObject(
      refused('CANCELLED'),
    );
    expect(await statusOf(id)).toBeUndefined();
    expect(await lab.lab.state.named('cluster', 'raced')).toEqual([]);
  });

  test('that was stopped while it was being recorded does not run', async () => {
    const [id, stop] = [newCallId(), new AbortController()];
    const ended = lab.ask('node_exec', { ...sleep, command: 'sleep 600' }, { id, stop: stop.signal });
    // As soon as its row is there, and long before its intent is on the disk.
    while ((await statusOf(id)) === undefined) await nextTurn();
    stop.abort();
    expect(await ended).toMatchObject(refused('CANCELLED'));
    expect(await statusOf(id)).toBe('failed');
  });

  test('is shown to its owner and to nobody else, and ends by job_cancel', async () => {
    const exec = await begun('node_exec', { ...sleep, command: 'sleep 600', timeout_s: 600 });
    const one = { job_id: exec.id };
    expect(await lab.ask('job_get', one)).toMatchObject({ data: { job_id: exec.id, status: 'running' } });
    expect(await lab.ask('job_list', { status: 'running' })).toMatchObject({
      data: { jobs: [{ job_id: exec.id, tool: 'node_exec' }] },
    });
    for (const tool of ['job_get', 'job_cancel'])
      expect(await lab.ask(tool, one, { principal: bob })).toMatchObject(
        refused('NOT_FOUND', `No job is named "${exec.id}".`),
      );
    const hers = await lab.ask('job_list', { limit: 200 }, { principal: bob });
    expect(JSON.stringify(hers)).not.toContain(exec.id);
    expect(await lab.ask('job_cancel', one)).toMatchObject({ ok: true, data: { job_id: exec.id, status: 'failed' } });
    expect(await exec.ended).toMatchObject(refused('CANCELLED', 'The job was cancelled by job_cancel.'));
    expect(await lab.ask('job_get', one)).toMatchObject({
      data: { status: 'failed', ended_at: expect.any(String), error: { code: 'CANCELLED' } },
    });
    expect(await lab.ask('job_cancel', one)).toMatchObject(refused('CONFLICT', 'has ended already: failed.'));
  });

  test('that was stopped while it made a cluster leaves nothing of it', async () => {
    const things = async () => (await lab.world()).filter((key) => !key.startsWith('struck/'));
    const before = await things();
    const define = await begun('cluster_define', { topology_name: 'torn' });
    await until(async () => expect(await lab.world('struck/define.create/late')).toHaveLength(1));
    define.stop();
    expect(await define.ended).toMatchObject(refused('CANCELLED'));
    expect(await things()).toEqual(before);
    expect(await lab.lab.state.named('cluster', 'torn')).toEqual([]);
    for (const node of ['a', 'late'])
      expect(
        await lab.lab.state.disk(join(folder.path, `state/overlays/${me.user}/torn/${node}.qcow2`)),
      ).toBeUndefined();
    expect(lab.lab.locks.size).toBe(0);
  });

  test('whose provider does not hear the stop is unknown after a while, and keeps its name', async () => {
    const define = await begun('cluster_define', { topology_name: 'lost' });
    await until(async () => expect(await lab.world('struck/define.create/frozen')).toHaveLength(1));
    define.stop();
    expect(await define.ended).toMatchObject(refused('OUTCOME_UNKNOWN', 'Inspect before you repeat it.'));
    expect(await statusOf(define.id)).toBe('unknown');
    expect(await lab.records(define.id)).toMatchObject([
      { kind: 'intent' },
      { kind: 'outcome', data: { code: 'OUTCOME_UNKNOWN' } },
    ]);
    expect(await lab.lab.state.named('cluster', 'lost')).toHaveLength(1);
    expect(await lab.agree('cluster_destroy', { cluster_name: 'lost', remove_overlays: true })).toMatchObject({
      ok: true,
    });
  });
});

describe('hands', () => {
  test('that were kept are dead when their call is over', async () => {
    expect(await lab.ask('edge_keep', { cluster_name: 'mine' })).toMatchObject({ data: { earlier: 'none' } });
    expect(await lab.ask('edge_keep', { cluster_name: 'mine' })).toMatchObject({
      data: { earlier: 'This call is over.' },
    });
  });

  test('of a read hold nothing but reads', async () => {
    expect(await lab.ask('edge_reach', { cluster_name: 'mine' })).toEqual({
      ok: true,
      data: { verbs: ['active', 'roots', 'stat', 'list', 'digest', 'read'] },
    });
  });
});
