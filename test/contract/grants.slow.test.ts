import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { call } from '../../src/kernel/call/call.ts';
import type { Outcome, Request } from '../../src/kernel/call/steps.ts';
import { newCallId } from '../../src/kernel/call-id.ts';
import { Deadlines } from '../../src/kernel/deadlines.ts';
import type { Lab } from '../../src/kernel/lab.ts';
import type { Principal } from '../../src/sdk/index.ts';
import { type Approver, answer, desk, enrolled, person } from '../support/approvers.ts';
import { ownFolder } from '../support/folder.ts';
import { labFiles, openLab, type TestLab } from '../support/lab.ts';

const bob: Principal = { user: 'bob', groups: [], via: 'stdio' };
const machines = ['cluster', 'vm'];
const policy = {
  version: 1,
  roles: {
    user: {
      allow: [{ actions: ['*'], on: [...machines, 'job'], where: { owner: '$me' } }],
      confirm: [
        { level: 'human', actions: ['exec', 'destroy', 'stop', 'cut', 'create'], on: 'cluster' },
        { level: 'two-person', actions: ['crash'], on: 'cluster' },
        { level: 'none', actions: ['crash', 'exec', 'destroy', 'stop', 'cut'], on: 'vm' },
      ],
    },
    approver: { allow: [{ actions: ['approve'], on: machines }] },
  },
  bindings: [
    { role: 'user', users: ['bob', 'carl'] },
    { role: 'approver', users: ['ana', 'olga'] },
  ],
};

let folder: Awaited<ReturnType<typeof ownFolder>>;
let lab: TestLab;
let ana: Approver;
let olga: Approver;

beforeAll(async () => {
  folder = await ownFolder();
  lab = await openLab(await labFiles(folder.path, { policies: [policy] }));
  ana = await enrolled(lab.lab, person('ana'));
  olga = await enrolled(lab.lab, person('olga'), [ana]);
  for (const topology_name of ['red', 'blue']) {
    const asked = await ask('cluster_define', { topology_name });
    await answer(lab.lab, ana, waitsFor(asked));
    expect(await ask('cluster_define', { topology_name })).toMatchObject({ ok: true });
    await ask('cluster_start', { cluster_name: topology_name });
  }
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

// No more than sixteen calls may wait.
beforeEach(async () => {
  const { approvals } = await desk(lab.lab, { do: 'approvals' });
  for (const { id, denied_by } of approvals) if (!denied_by) await answer(lab.lab, ana, id, { decision: 'deny' });
});

const never = new AbortController().signal;
const askIn = (one: Lab, tool: string, args: object, extra: Partial<Request> = {}) =>
  call(one, {
    ...{ id: newCallId(), principal: bob, session: 's1', tool, args, signal: never, stop: never },
    ...extra,
  });
const ask = (tool: string, args: object, extra: Partial<Request> = {}) => askIn(lab.lab, tool, args, extra);
const exec = (command: string, extra: Partial<Request> = {}, node_name = 'a', cluster_name = 'red') =>
  ask('node_exec', { cluster_name, node_name, command }, extra);

const refused = (code: string, message = '') => ({
  ok: false,
  error: { code, message: expect.stringContaining(message) },
});
const waitsFor = (outcome: Outcome): string => {
  expect(outcome).toMatchObject({ ok: false, error: { details: { approval: expect.any(String) } } });
  return outcome.ok ? '' : String(outcome.error.details['approval']);
};
let commands = 0;
/** Another command each time, so that it is another call. */
const echo = (): string => {
  commands += 1;
  return `echo ${commands}`;
};

/** Bob's next calls of node_exec on node a of red, granted by ana. */
async function granted(terms: { calls: number; minutes: number; whole?: boolean }, session = 's1') {
  const command = echo();
  const grant = { whole: false, ...terms };
  const { grant: given } = await answer(lab.lab, ana, waitsFor(await exec(command, { session })), { grant });
  expect(given).toBeDefined();
  expect(await exec(command, { session })).toMatchObject({ ok: true });
  return given?.id ?? '';
}
const revoked = async (id: string) => {
  const { grants } = await desk(lab.lab, { do: 'grants' });
  if (grants.some((one) => one.id === id)) await desk(lab.lab, { do: 'revoke', id });
};

describe('a grant for more calls', () => {
  test('lets so many through, and names itself in each line', async () => {
    const id = await granted({ calls: 2, minutes: 5 });
    expect(await desk(lab.lab, { do: 'grants' })).toMatchObject({
      grants: [{ id, user: 'bob', left: 2, approver: 'ana' }],
    });
    const used = newCallId();
    expect(await exec(echo(), { id: used })).toMatchObject({ ok: true });
    expect(await lab.records(used)).toMatchObject([
      { kind: 'intent', data: { grant: id, approved_by: ['ana'] } },
      { kind: 'outcome' },
    ]);
    expect(await exec(echo())).toMatchObject({ ok: true });
    expect(await exec(echo())).toMatchObject(refused('CONFIRMATION_REQUIRED'));
    expect(await desk(lab.lab, { do: 'grants' })).toEqual({ grants: [] });
  });

  test('of somebody who is an approver no more is none', async () => {
    const cid = await enrolled(lab.lab, person('cid', 'ana'), [ana, olga]);
    const command = echo();
    await answer(lab.lab, cid, waitsFor(await exec(command)), { grant: { calls: 5, minutes: 5, whole: false } });
    expect(await exec(command)).toMatchObject({ ok: true });
    const asked = await desk(lab.lab, { do: 'remove', name: 'cid' });
    for (const by of [ana, olga]) await answer(lab.lab, by, 'approval' in asked ? asked.approval : '');
    expect(await exec(echo())).toMatchObject(refused('CONFIRMATION_REQUIRED'));
  });

  test('reaches no other person, connection, tool, thing or node', async () => {
    const id = await granted({ calls: 20, minutes: 5 });
    for (const other of [
      exec(echo(), { session: 's2' }),
      ask('node_exec', { cluster_name: 'red', node_name: 'a', command: echo() }, { session: undefined as never }),
      ask('node_exec_all', { cluster_name: 'red', nodes: ['a'], command: echo() }),
      exec(echo(), {}, 'b'),
      exec(echo(), {}, 'a', 'blue'),
    ])
      expect(await other).toMatchObject(refused('CONFIRMATION_REQUIRED'));
    expect(await exec(echo(), { principal: { ...bob, user: 'carl' } })).toMatchObject(refused('NOT_FOUND'));
    expect(await exec(echo())).toMatchObject({ ok: true });
    await revoked(id);
  });

  test('reaches all nodes of the cluster when it says so', async () => {
    const id = await granted({ calls: 2, minutes: 5, whole: true });
    expect(await exec(echo(), {}, 'b')).toMatchObject({ ok: true });
    expect(await exec(echo(), {}, 'a', 'blue')).toMatchObject(refused('CONFIRMATION_REQUIRED'));
    await revoked(id);
  });

  test('of something weak is none of something strong with the same tool', async () => {
    const shutdown = { cluster_name: 'blue', mode: 'shutdown' };
    await answer(lab.lab, ana, waitsFor(await ask('cluster_stop', shutdown)), {
      grant: { calls: 5, minutes: 5, whole: true },
    });
    expect(await ask('cluster_stop', shutdown)).toMatchObject({ ok: true });
    expect(await ask('cluster_stop', { ...shutdown, mode: 'destroy' })).toMatchObject(refused('CONFIRMATION_REQUIRED'));
    expect(await ask('cluster_stop', shutdown)).toMatchObject({ ok: true });
    const { grants } = await desk(lab.lab, { do: 'grants' });
    for (const { id } of grants) await revoked(id);
  });

  test('is over in time by the host’s clock', async () => {
    await granted({ calls: 20, minutes: 5 });
    const late = { ...lab.lab, now: () => new Date(Date.now() + 5 * 60_000 + 1_000) };
    const args = { cluster_name: 'red', node_name: 'a', command: echo() };
    const asked = await askIn(late, 'node_exec', args);
    expect(asked).toMatchObject(refused('CONFIRMATION_REQUIRED'));
    await answer(late, ana, waitsFor(asked), { decision: 'deny' });
  });

  test('is over in time by the clock that only counts up', async () => {
    let elapsed = 0;
    const counting = { ...lab.lab, deadlines: new Deadlines(() => elapsed) };
    const args = () => ({ cluster_name: 'red', node_name: 'a', command: echo() });
    const first = args();
    const asked = waitsFor(await askIn(counting, 'node_exec', first));
    await answer(counting, ana, asked, { grant: { calls: 5, minutes: 5, whole: false } });
    expect(await askIn(counting, 'node_exec', first)).toMatchObject({ ok: true });
    elapsed = 5 * 60_000;
    expect(await askIn(counting, 'node_exec', args())).toMatchObject({ ok: true });
    elapsed += 1;
    expect(await askIn(counting, 'node_exec', args())).toMatchObject(refused('CONFIRMATION_REQUIRED'));
  });

  test('is lost when the policy changes', async () => {
    await granted({ calls: 20, minutes: 5 });
    const other = { ...lab.lab, policy: { ...lab.lab.policy, hash: 'another' } };
    const args = { cluster_name: 'red', node_name: 'a', command: echo() };
    expect(await askIn(other, 'node_exec', args)).toMatchObject(refused('CONFIRMATION_REQUIRED'));
    expect(await exec(echo())).toMatchObject(refused('CONFIRMATION_REQUIRED'));
  });

  test('is lost with its connection, and when it is revoked', async () => {
    await granted({ calls: 20, minutes: 5 }, 's3');
    lab.lab.sessionGrants.endSession('s3');
    expect(await exec(echo(), { session: 's3' })).toMatchObject(refused('CONFIRMATION_REQUIRED'));
    const id = await granted({ calls: 20, minutes: 5 });
    expect(await desk(lab.lab, { do: 'revoke', id: id.slice(0, 8) })).toMatchObject({ id, left: 20 });
    expect(await exec(echo())).toMatchObject(refused('CONFIRMATION_REQUIRED'));
    const line = (await lab.records()).findLast(({ act }) => act === 'grant_revoke');
    expect(line).toMatchObject({ kind: 'confirmation', data: { grant: id } });
  });

  test('of so many calls is used so often, however many ask at once', async () => {
    const id = await granted({ calls: 5, minutes: 5 });
    const ended = await Promise.all(Array.from({ length: 64 }, () => exec('echo raced')));
    expect(ended.filter(({ ok }) => ok)).toHaveLength(5);
    const lines = (await lab.records()).filter(({ kind, data }) => kind === 'intent' && Object(data).grant === id);
    expect(lines).toHaveLength(5);
  });

  test('is not given against the no of another approver', async () => {
    const asked = waitsFor(await exec(echo()));
    await answer(lab.lab, olga, asked, { decision: 'deny' });
    const grant = { calls: 5, minutes: 5, whole: true };
    expect(await answer(lab.lab, ana, asked, { grant })).toEqual({
      ...{ tool: 'node_exec', decision: 'approve', given: 1, needs: 1, denied_by: 'olga' },
    });
    expect(await desk(lab.lab, { do: 'grants' })).toEqual({ grants: [] });
    expect(await exec(echo())).toMatchObject(refused('CONFIRMATION_REQUIRED'));
  });

  test('ends with the no of another approver', async () => {
    const asked = waitsFor(await exec(echo()));
    const grant = { calls: 5, minutes: 5, whole: true };
    expect((await answer(lab.lab, ana, asked, { grant })).grant).toBeDefined();
    await answer(lab.lab, olga, asked, { decision: 'deny' });
    expect(await desk(lab.lab, { do: 'grants' })).toEqual({ grants: [] });
  });

  test('is not given for what needs two people, for what does not exist yet, nor with a no', async () => {
    const crash = { cluster_name: 'red', node: 'a' };
    const grant = { calls: 1, minutes: 1, whole: false };
    const two = waitsFor(await ask('node_crash', crash));
    await expect(answer(lab.lab, ana, two, { grant })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    const draft = waitsFor(await ask('cluster_define', { topology_name: 'solo' }));
    await expect(answer(lab.lab, ana, draft, { grant })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    const one = waitsFor(await exec(echo()));
    await expect(answer(lab.lab, ana, one, { grant, decision: 'deny' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
    for (const wide of [{ calls: 21 }, { minutes: 61 }, { calls: 0 }, { calls: 1.5 }])
      await expect(answer(lab.lab, ana, one, { grant: { ...grant, ...wide } })).rejects.toMatchObject({
        code: 'INVALID_INPUT',
      });
    expect(await desk(lab.lab, { do: 'grants' })).toEqual({ grants: [] });
  });
});
