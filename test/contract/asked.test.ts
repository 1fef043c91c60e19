import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Outcome } from '../../src/kernel/call/steps.ts';
import { ownFolder } from '../support/folder.ts';
import { labFiles, me, openLab, type TestLab, topology, writeTopology } from '../support/lab.ts';

/** Whoever runs the tests owns everything; Bob sees the cluster, but for one node of it. */
const policy = {
  version: 1,
  roles: {
    owner: {
      description: 'Everything, but some of it only when asked.',
      allow: [
        { actions: ['*'], on: ['cluster', 'vm', 'job'], where: { owner: '$me' } },
        { actions: ['*'], on: 'host' },
      ],
      confirm: [{ level: 'ack', actions: ['create', 'stop', 'exec'], on: ['cluster', 'vm'] }],
      deny: [
        { id: 'kept', actions: ['cut'], on: ['cluster', 'vm'], where: { name: 'solo' }, reason: 'It must stay on.' },
      ],
    },
    guest: {
      description: 'Sees what is not hidden.',
      allow: [
        { actions: ['inspect', 'exec'], on: 'cluster' },
        { actions: ['inspect', 'exec'], on: 'vm', where: { name: { ne: 'b' } } },
      ],
    },
  },
  bindings: [
    { role: 'owner', users: [me.user] },
    { role: 'guest', users: ['bob'] },
  ],
};

let folder: Awaited<ReturnType<typeof ownFolder>>;
let lab: TestLab;
const bob = { principal: { user: 'bob', groups: [], via: 'stdio' as const } };

beforeAll(async () => {
  folder = await ownFolder();
  lab = await openLab(await labFiles(folder.path, { policies: [policy] }));
  for (const topology_name of ['red', 'solo']) {
    expect(await lab.agree('cluster_define', { topology_name })).toMatchObject({ ok: true });
    expect(await lab.ask('cluster_start', { cluster_name: topology_name })).toMatchObject({ ok: true });
  }
});

afterAll(async () => {
  await lab[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const errorOf = (outcome: Outcome) => {
  if (outcome.ok) throw new Error('it was done');
  return outcome.error;
};

test('making something can be asked about, and shows what it would take', async () => {
  const asked = errorOf(await lab.ask('cluster_define', { topology_name: 'blue' }));
  expect(asked).toMatchObject({
    code: 'CONFIRMATION_REQUIRED',
    details: { preview: { effects: expect.arrayContaining([expect.stringContaining('128 MB of memory')]) } },
  });
});

test('a yes to one topology is no yes to what the file says by then', async () => {
  await writeTopology(folder.path, 'late', topology('late', ['a']));
  const { question, plan, expect: typed } = errorOf(await lab.ask('cluster_define', { topology_name: 'late' })).details;
  await writeTopology(folder.path, 'late', topology('late', ['a', 'b', 'c']));
  const answer = { question: String(question), plan: String(plan), said: 'yes', typed: String(typed) } as const;
  expect(errorOf(await lab.ask('cluster_define', { topology_name: 'late' }, { answer }))).toMatchObject({
    code: 'CONFIRMATION_STALE',
  });
});

test('the question says what will happen: a shutdown is no power cut', async () => {
  const { message } = errorOf(await lab.ask('cluster_stop', { cluster_name: 'red' }));
  expect(message).toBe(`Shut down all nodes of cluster "red" of ${me.user}.`);
});

test('what is hidden in a command is shown to whoever is asked', async () => {
  const command = 'echo \u202egnihton\u200b; rm x';
  const { details } = errorOf(await lab.ask('node_exec', { cluster_name: 'red', node_name: 'a', command }));
  expect(JSON.stringify(details['preview'])).toContain('echo \\\\u{202e}gnihton\\\\u{200b}; rm x');
});

test('cutting the power is an action of its own, which policy can keep from those who may stop', async () => {
  expect(errorOf(await lab.ask('cluster_stop', { cluster_name: 'solo' }))).toMatchObject({
    code: 'CONFIRMATION_REQUIRED',
  });
  expect(errorOf(await lab.ask('cluster_stop', { cluster_name: 'solo', mode: 'destroy' }))).toMatchObject({
    code: 'FORBIDDEN',
    message: expect.stringContaining('It must stay on.'),
  });
});

test('a hidden node is as absent as one that was never there, in every answer', async () => {
  const exec = (node_name: string) =>
    lab.ask('node_exec', { cluster_name: `${me.user}:red`, node_name, command: 'x' }, bob);
  const [hidden, absent] = [errorOf(await exec('b')), errorOf(await exec('z'))];
  expect(hidden.message.replace('"b"', '"z"')).toBe(absent.message);
  expect(absent.message).toBe(`Cluster "${me.user}:red" has no node "z"; it has a.`);
  const whole = errorOf(await lab.ask('cluster_status', { cluster_name: 'red' }, bob));
  expect(whole).toMatchObject({ code: 'FORBIDDEN', message: expect.stringContaining('not all of it is yours to use') });
  expect(JSON.stringify([whole.message, whole.details])).not.toContain('red/b');
  expect(await lab.ask('cluster_list', {}, bob)).toMatchObject({
    ok: true,
    data: {
      clusters: [
        { cluster_name: 'red', nodes: 1 },
        { cluster_name: 'solo', nodes: 1 },
      ],
    },
  });
});
