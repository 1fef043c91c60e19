import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { call } from '../../src/kernel/call/call.ts';
import type { Outcome, Request } from '../../src/kernel/call/steps.ts';
import { newCallId } from '../../src/kernel/call-id.ts';
import { Deadlines } from '../../src/kernel/deadlines.ts';
import type { Lab } from '../../src/kernel/lab.ts';
import { policyOf } from '../../src/policy/load.ts';
import type { Principal } from '../../src/sdk/index.ts';
import { answer, candidacy, desk, enrolled, person } from '../support/approvers.ts';
import { ownFolder } from '../support/folder.ts';
import { type LabFiles, labFiles, openLab, type TestLab } from '../support/lab.ts';

const bob: Principal = { user: 'bob', groups: [], via: 'stdio' };
const machines = ['cluster', 'vm'];

/** Bob destroys with one person's approval, cuts power with two people's; ana, olga and bob may approve, eve may not. */
const policy = {
  version: 1,
  roles: {
    user: {
      allow: [{ actions: ['*'], on: [...machines, 'job'], where: { owner: '$me' } }],
      confirm: [
        { level: 'human', actions: ['destroy', 'crash'], on: machines },
        { level: 'two-person', actions: ['cut'], on: 'cluster' },
        { level: 'none', actions: ['exec', 'cut'], on: 'vm' },
      ],
    },
    approver: { allow: [{ actions: ['approve'], on: machines }] },
  },
  bindings: [
    { role: 'user', users: ['bob'] },
    { role: 'approver', users: ['ana', 'olga'] },
  ],
};

let folder: Awaited<ReturnType<typeof ownFolder>>;
let files: LabFiles;
let lab: TestLab;
const [ana, olga, robert, eve] = [person('ana'), person('olga'), person('robert', 'bob'), person('eve')];

beforeAll(async () => {
  folder = await ownFolder();
  const clusters = { green: ['a', 'b'], gone: ['a'], kept: ['a'] };
  files = await labFiles(folder.path, { policies: [policy], clusters });
  lab = await openLab(files);
  for (const topology_name of ['red', 'blue', 'solo', 'green', 'gone', 'kept'])
    expect(await ask('cluster_define', { topology_name })).toMatchObject({ ok: true });
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const never = new AbortController().signal;
const request = (tool: string, args: object, extra: Partial<Request> = {}): Request => ({
  ...{ id: newCallId(), principal: bob, session: 's1', tool, args, signal: never, stop: never, ...extra },
});
const askIn = (one: Lab, tool: string, args: object, extra: Partial<Request> = {}) =>
  call(one, request(tool, args, extra));
const ask = (tool: string, args: object, extra: Partial<Request> = {}) => askIn(lab.lab, tool, args, extra);

const destroy = (cluster_name: string) => ask('cluster_destroy', { cluster_name });
const cut = (cluster_name: string) => ask('cluster_stop', { cluster_name, mode: 'destroy' });
const crash = (node: string, extra: Partial<Request> = {}, cluster_name = 'green') =>
  ask('node_crash', { cluster_name, node }, extra);

const refused = (code: string, message = '') => ({
  ok: false,
  error: { code, message: expect.stringContaining(message) },
});
const waitsFor = (outcome: Outcome): string => {
  expect(outcome).toMatchObject({
    ok: false,
    error: { details: { approval: expect.stringMatching(/^[0-9a-f]{32}$/) } },
  });
  return outcome.ok ? '' : String(outcome.error.details['approval']);
};
const intents = async (tool: string) =>
  (await lab.records()).filter(({ kind, act }) => kind === 'intent' && act === tool);
const waiting = async () => (await desk(lab.lab, { do: 'approvals' })).approvals;

test('without any approver the call is refused, and says what the admin must do', async () => {
  expect(await destroy('red')).toMatchObject(
    refused('FORBIDDEN', 'Policy wants a person to approve this, but this lab has no approver yet.'),
  );
  expect(await cut('red')).toMatchObject(refused('FORBIDDEN', 'two people other than you'));
  expect(await waiting()).toEqual([]);
});

describe('who is an approver', () => {
  test('the first is because it is the first, and the log says so', async () => {
    expect(await candidacy(lab.lab, ana)).toEqual({ first: true });
    expect((await lab.records()).filter(({ act }) => act === 'approver_add')).toMatchObject([
      { kind: 'confirmation', data: { first: true, name: 'ana', fingerprint: expect.stringMatching(/^SHA256:/) } },
    ]);
  });

  test('the second needs the first’s signature, the third those of two', async () => {
    const second = await candidacy(lab.lab, olga);
    expect(second).toMatchObject({ needs: 1 });
    const id = 'approval' in second ? second.approval : '';
    // Nobody lets themselves in.
    await expect(answer(lab.lab, olga, id)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await answer(lab.lab, ana, id);
    const third = await candidacy(lab.lab, robert);
    expect(third).toMatchObject({ needs: 2 });
    const other = 'approval' in third ? third.approval : '';
    expect(await answer(lab.lab, ana, other)).toMatchObject({ given: 1, needs: 2 });
    const names = async () => (await desk(lab.lab, { do: 'approvers' })).approvers.map(({ name }) => name);
    expect(await names()).toEqual(['ana', 'olga']);
    await answer(lab.lab, olga, other);
    expect(await names()).toEqual(['ana', 'olga', 'robert']);
    await enrolled(lab.lab, eve, [ana, olga]);
  });

  test('a row that somebody wrote into the database counts for nothing', async () => {
    const mallory = person('mallory', 'ana');
    const asked = await candidacy(lab.lab, mallory);
    const { name, user, key } = mallory;
    const spends = 'approval' in asked ? asked.approval : '';
    await lab.lab.state.addApprover({ name, user, key, addedAt: '', proof: { shown: {}, answers: [] } }, spends);
    const { approvers } = await desk(lab.lab, { do: 'approvers' });
    expect(approvers.find((one) => one.name === 'mallory')).toMatchObject({ trusted: false });
    const id = waitsFor(await destroy('kept'));
    await expect(answer(lab.lab, mallory, id)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await answer(lab.lab, ana, id, { decision: 'deny' });
  });
});

describe('one person', () => {
  test('approves exactly this, and the call goes on when it is repeated, once', async () => {
    const first = await destroy('red');
    const id = waitsFor(first);
    expect(first).toMatchObject({
      ...refused(
        'CONFIRMATION_REQUIRED',
        `A person must approve it where you cannot: in a terminal, they run "labwarden approve ${id.slice(0, 8)}"`,
      ),
      error: { details: { level: 'human', needs: 1, given: 0, preview: { effects: expect.any(Array) } } },
    });
    // Asking again is not another question.
    expect(waitsFor(await destroy('red'))).toBe(id);
    expect((await waiting()).filter((one) => one.id === id)).toMatchObject([
      {
        id,
        tool: 'cluster_destroy',
        by: { user: 'bob' },
        summary: expect.stringContaining('red'),
        given: [],
        needs: 1,
      },
    ]);
    await answer(lab.lab, ana, id);
    const done = newCallId();
    expect(await ask('cluster_destroy', { cluster_name: 'red' }, { id: done })).toMatchObject({ ok: true });
    expect(await lab.records(done)).toMatchObject([
      { kind: 'intent', plan: expect.stringMatching(/^sha256:/), data: { confirmation: id, approved_by: ['ana'] } },
      { kind: 'outcome', data: { code: 'ok' } },
    ]);
    const [said] = (await lab.records(id)).filter(({ kind }) => kind === 'confirmation');
    expect(said).toMatchObject({
      ...{ who: { user: 'ana' }, act: 'cluster_destroy' },
      data: { asked_by: 'bob', statement: { approval: id, decision: 'approve' }, signature: expect.any(String) },
    });
    expect((await waiting()).map((one) => one.id)).not.toContain(id);
    await ask('cluster_define', { topology_name: 'red' });
    expect(waitsFor(await destroy('red'))).not.toBe(id);
  });

  test('may be the very person whose agent asks', async () => {
    const id = waitsFor(await destroy('solo'));
    await answer(lab.lab, robert, id);
    expect(await destroy('solo')).toMatchObject({ ok: true });
    await ask('cluster_define', { topology_name: 'solo' });
  });

  test('must be allowed to by policy', async () => {
    const id = waitsFor(await destroy('solo'));
    await expect(answer(lab.lab, eve, id)).rejects.toMatchObject({
      ...{ code: 'FORBIDDEN', message: expect.stringContaining('does not let eve (user eve) "approve"') },
    });
    expect(waitsFor(await destroy('solo'))).toBe(id);
  });

  test('who says no is heard until the time is over, and no yes of another changes it', async () => {
    const id = waitsFor(await destroy('solo'));
    await answer(lab.lab, ana, id, { decision: 'deny', reason: 'Use\u202e it \u001b[2Jfirst' });
    expect(await destroy('solo')).toMatchObject(refused('DECLINED', 'ana said no: Use\\u{202e} it \\u{1b}[2Jfirst.'));
    await answer(lab.lab, olga, id);
    expect(await destroy('solo')).toMatchObject(refused('DECLINED'));
  });

  test('who has approved sees nothing done when it has changed since: the new preview is asked about', async () => {
    const id = waitsFor(await destroy('blue'));
    await answer(lab.lab, ana, id);
    expect(await ask('cluster_start', { cluster_name: 'blue' })).toMatchObject({ ok: true });
    const again = await destroy('blue');
    expect(again).toMatchObject({
      ...refused('CONFIRMATION_STALE', 'What would happen has changed since it was approved.'),
      error: {
        details: { preview: { effects: expect.arrayContaining([expect.stringContaining('a, b stop at once')]) } },
      },
    });
    expect(waitsFor(again)).not.toBe(id);
    // The old one is void, whatever comes of the new one.
    expect((await waiting()).map((one) => one.id)).not.toContain(id);
    await expect(answer(lab.lab, olga, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('approves no other arguments, tool or caller', async () => {
    const id = waitsFor(await destroy('gone'));
    await answer(lab.lab, ana, id);
    for (const other of [
      ask('cluster_destroy', { cluster_name: 'gone', remove_overlays: true }),
      ask('cluster_destroy', { cluster_name: 'bob:gone' }),
      crash('a', {}, 'gone'),
    ])
      expect(waitsFor(await other)).not.toBe(id);
    const stranger = await ask('cluster_destroy', { cluster_name: 'gone' }, { principal: { ...bob, user: 'carl' } });
    expect(stranger).toMatchObject(refused('NOT_FOUND'));
    expect(await destroy('gone')).toMatchObject({ ok: true });
    await ask('cluster_define', { topology_name: 'gone' });
  });

  test('of 64 calls that use one approval at once, one has an effect', async () => {
    const before = (await intents('cluster_destroy')).length;
    await answer(lab.lab, ana, waitsFor(await destroy('gone')));
    const ended = await Promise.all(Array.from({ length: 64 }, () => destroy('gone')));
    expect(ended.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await intents('cluster_destroy')).toHaveLength(before + 1);
  });
});

describe('two people', () => {
  beforeEach(async () => {
    // A new plan each time: what was denied or approved before is about another one.
    await ask('cluster_start', { cluster_name: 'green' });
    await ask('cluster_stop', { cluster_name: 'green' });
    await ask('cluster_start', { cluster_name: 'green' });
  });

  test('both sign, and neither is the one who asks', async () => {
    const first = await cut('green');
    const id = waitsFor(first);
    expect(first).toMatchObject(refused('CONFIRMATION_REQUIRED', '2 people other than you must approve it'));
    await expect(answer(lab.lab, robert, id)).rejects.toMatchObject({
      message: expect.stringContaining('robert asked for this as bob: two others have to approve it'),
    });
    await answer(lab.lab, ana, id);
    const half = await cut('green');
    expect(half).toMatchObject(refused('CONFIRMATION_REQUIRED', '1 of 2 have.'));
    await expect(answer(lab.lab, ana, id)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(waitsFor(await cut('green'))).toBe(id);
    await answer(lab.lab, olga, id);
    expect(await cut('green')).toMatchObject({ ok: true });
  });

  test('two keys of one person are one person', async () => {
    const second = await enrolled(lab.lab, person('ana-phone', 'ana'), [ana, olga]);
    const id = waitsFor(await cut('green'));
    await answer(lab.lab, ana, id);
    await answer(lab.lab, second, id);
    expect(waitsFor(await cut('green'))).toBe(id);
    await answer(lab.lab, olga, id);
    expect(await cut('green')).toMatchObject({ ok: true });
  });

  test('a no of either is a no', async () => {
    const id = waitsFor(await cut('green'));
    await answer(lab.lab, ana, id);
    await answer(lab.lab, olga, id, { decision: 'deny' });
    expect(await cut('green')).toMatchObject(refused('DECLINED', 'olga said no.'));
  });
});

describe('an approval', () => {
  test('is still good after the lab server was started anew, once', async () => {
    await answer(lab.lab, ana, waitsFor(await destroy('red')));
    const half = waitsFor(await cut('kept'));
    await answer(lab.lab, ana, half);
    await lab[Symbol.asyncDispose]();
    lab = await openLab(files);
    expect(await destroy('red')).toMatchObject({ ok: true });
    await answer(lab.lab, olga, half);
    expect(await cut('kept')).toMatchObject({ ok: true });
    expect(waitsFor(await cut('kept'))).not.toBe(half);
  });

  test.each([
    ['the host’s clock', 'blue', { wallMs: 15 * 60_000 + 1_000, elapsedMs: 0 }],
    ['the one that only counts up', 'green', { wallMs: -60_000, elapsedMs: 15 * 60_000 + 1 }],
  ])('is over by %s, and asked for anew', async (_, cluster_name, { wallMs, elapsedMs }) => {
    const clocks = { wallMs: 0, elapsedMs: 0 };
    const one: Lab = {
      ...{ ...lab.lab, deadlines: new Deadlines(() => clocks.elapsedMs) },
      now: () => new Date(Date.now() + clocks.wallMs),
    };
    const first = waitsFor(await askIn(one, 'cluster_destroy', { cluster_name }));
    await answer(one, ana, first);
    Object.assign(clocks, { wallMs, elapsedMs });
    expect((await desk(one, { do: 'approvals' })).approvals.map(({ id }) => id)).not.toContain(first);
    await expect(answer(one, olga, first)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const again = await askIn(one, 'cluster_destroy', { cluster_name });
    expect(again).toMatchObject(refused('CONFIRMATION_REQUIRED'));
    expect(waitsFor(again)).not.toBe(first);
  });

  test('of an approver who was removed is void', async () => {
    const id = waitsFor(await destroy('kept'));
    const leaving = await enrolled(lab.lab, person('leaving', 'ana'), [ana, olga]);
    await answer(lab.lab, leaving, id);
    const { approval } = (await desk(lab.lab, { do: 'remove', name: 'leaving' })) as { approval: string };
    for (const one of [ana, olga]) await answer(lab.lab, one, approval);
    const next = waitsFor(await destroy('kept'));
    expect(next).not.toBe(id);
    await expect(answer(lab.lab, leaving, next)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  test('under another policy is none', async () => {
    const id = waitsFor(await destroy('kept'));
    await answer(lab.lab, ana, id);
    const text = JSON.stringify({ ...policy, bindings: [...policy.bindings, { role: 'user', users: ['carl'] }] });
    const other = { ...lab.lab, policy: policyOf([{ name: 'other.yaml', text }], vocabulary(lab.lab)) };
    expect(await askIn(other, 'cluster_destroy', { cluster_name: 'kept' })).toMatchObject(
      refused('CONFIRMATION_STALE'),
    );
  });

  test('waits for no more than sixteen calls of one person', async () => {
    const asking = Array.from({ length: 20 }, (_, n) =>
      ask('node_crash', { cluster_name: 'green', node: 'a', ssh_timeout_s: 10 + n, restart_after: true }),
    );
    const codes = (await Promise.all(asking)).map((one) => (one.ok ? 'ok' : one.error.code));
    const later = await crash('b');
    expect(codes).toContain('CONFIRMATION_REQUIRED');
    expect(later).toMatchObject(refused('LIMIT_EXCEEDED', 'of your calls wait for people already'));
  });
});

/** The words of the policy in force. */
const vocabulary = ({ operations }: Lab) => {
  const said = [...operations.values()].flatMap(({ operation }) =>
    Object.values(operation.on).flatMap((on) => [
      'destroyAction' in on ? String(on.destroyAction) : on.action,
      on.action,
    ]),
  );
  const all = [...new Set(['cut', ...said])].filter((action) => action !== 'undefined');
  return { actions: { vm: all, cluster: all, job: all, host: all, lab: all } };
};
