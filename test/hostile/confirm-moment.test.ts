import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from '../../src/kernel/call/call.ts';
import type { Answer, Outcome, Request } from '../../src/kernel/call/steps.ts';
import { newCallId } from '../../src/kernel/call-id.ts';
import type { Lab } from '../../src/kernel/lab.ts';
import type { Policy } from '../../src/policy/index.ts';
import type { Principal, Provider } from '../../src/sdk/index.ts';
import { type Approver, answer, desk, enrolled, person } from '../support/approvers.ts';
import { ownFolder } from '../support/folder.ts';
import { labFiles, openLab, type TestLab } from '../support/lab.ts';

/*
 * Between what somebody has read and what is done, the call gives way many times. At each of those moments something changes here, and
 * every time the answer is the effect of exactly what was confirmed, or none.
 */

const bob: Principal = { user: 'bob', groups: [], via: 'stdio' };
const machines = ['cluster', 'vm'];
const policyAt = (level: string) => ({
  version: 1,
  roles: {
    user: {
      allow: [{ actions: ['*'], on: [...machines, 'job'], where: { owner: '$me' } }],
      confirm: [{ level, actions: ['cut'], on: 'cluster' }],
    },
    approver: { allow: [{ actions: ['approve'], on: machines }] },
  },
  bindings: [
    { role: 'user', users: ['bob'] },
    { role: 'approver', users: ['ana', 'olga'] },
  ],
});

const never = new AbortController().signal;
const cut = { cluster_name: 'red', mode: 'destroy' };

/** The lab, with everything that a call waits for in between made visible. */
interface Stage extends AsyncDisposable {
  readonly lab: TestLab;
  readonly instrumented: Lab;
  /** Another policy is in force from now on. */
  swap(policy?: Policy): void;
  readonly facts: () => unknown;
  readonly database: DatabaseSync;
  readonly approvers: readonly Approver[];
  readonly seen: { reserved: unknown; looked: boolean; plan: string | undefined };
  readonly nodes: readonly string[];
}

async function staged(level: string): Promise<Stage> {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await ownFolder());
  const lab = opened.use(await openLab(await labFiles(folder.path, { policies: [policyAt(level)] })));
  for (const topology_name of ['red', 'blue']) {
    await ask(lab.lab, 'cluster_define', { topology_name });
    await ask(lab.lab, 'cluster_start', { cluster_name: topology_name });
  }
  const ana = await enrolled(lab.lab, person('ana'));
  const approvers = [ana, await enrolled(lab.lab, person('olga'), [ana])];
  const database = new DatabaseSync(join(folder.path, 'state/state.db'));
  opened.defer(() => database.close());
  const seen: Stage['seen'] = { reserved: undefined, looked: false, plan: undefined };
  let policy = lab.lab.policy;
  const facts = () => [
    policy.hash,
    database.prepare("SELECT id, owner, generation, tags FROM cluster WHERE name = 'red'").all(),
    database.prepare("SELECT id, owner, generation, tags FROM vm WHERE cluster = 'red'").all(),
    database.prepare('SELECT name, removed_at FROM approver').all(),
  ];
  const instrumented: Lab = Object.defineProperty(
    {
      ...lab.lab,
      state: {
        ...lab.lab.state,
        async reserve(reservation: Parameters<Lab['state']['reserve']>[0]) {
          const now = facts();
          await lab.lab.state.reserve(reservation);
          seen.reserved = now;
        },
      },
      audit: withOwn(lab.lab.audit, {
        append: (entry: Parameters<Lab['audit']['append']>[0]) => {
          if (entry.kind === 'intent') seen.plan = entry.plan;
          return lab.lab.audit.append(entry);
        },
      }),
      providers: withOwn(lab.lab.providers, {
        ready: async (...args: Parameters<Lab['providers']['ready']>) =>
          watched(await lab.lab.providers.ready(...args), () => {
            seen.looked = true;
          }),
      }),
    },
    'policy',
    { get: () => policy, enumerable: true },
  );
  const resources = opened.move();
  const nodes = database
    .prepare("SELECT id FROM vm WHERE cluster = 'red'")
    .all()
    .map(({ id }) => String(id));
  return {
    ...{ lab, instrumented, facts, database, approvers, seen, nodes },
    swap: (other = lab.lab.policy) => {
      policy = other;
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** The same thing, but for these methods. */
const withOwn = <T extends object>(thing: T, own: Partial<T>): T =>
  new Proxy(thing, {
    get(target, name) {
      const value: unknown = Reflect.get(own, name) ?? Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

const watched = (provider: Provider, look: () => void): Provider => ({
  ...provider,
  state: (at) => {
    look();
    return provider.state(at);
  },
});

const ask = (lab: Lab, tool: string, args: object, extra: Partial<Request> = {}): Promise<Outcome> =>
  call(lab, {
    ...{ id: newCallId(), principal: bob, session: 's1', tool, args, signal: never, stop: never },
    ...extra,
  });

/** What a call that was said yes to brings with it. */
async function confirmed({
  instrumented,
  approvers,
}: Stage): Promise<{ readonly plan: string; readonly answer?: Answer }> {
  const asked = await ask(instrumented, 'cluster_stop', cut);
  if (asked.ok) throw new Error('Nobody was asked.');
  const { question, approval, plan, expect: typed } = asked.error.details;
  if (approval === undefined)
    return {
      plan: String(plan),
      answer: { question: String(question), plan: String(plan), said: 'yes', typed: String(typed) },
    };
  for (const one of approvers) {
    const open = (await desk(instrumented, { do: 'approval', id: String(approval) })).given.length;
    if (open < Number(asked.error.details['needs'])) await answer(instrumented, one, String(approval));
  }
  return { plan: String(plan) };
}

interface Change {
  /** It has happened when this returns, or goes on beside the call until what this returns is over. */
  now(stage: Stage): unknown;
  undo?(stage: Stage): void;
  /** The hypervisor's own doing, which no lock of ours holds back. */
  readonly outside?: true;
}

const sql = (text: string) => (stage: Stage) => stage.database.exec(text);
const red = "name = 'red'";
const power = (stage: Stage, state: string) => {
  const cabinet = stage.lab.lab.state.cabinet('provider-main');
  void cabinet.set(`vm/${stage.nodes[0]}`, { state, console: '', vcpus: 1, memoryMb: 64, diskGb: 1 });
};

const changes: Readonly<Record<string, Change>> = {
  'its generation': { now: sql(`UPDATE cluster SET generation = generation + 1 WHERE ${red}`) },
  'a node’s generation': { now: sql("UPDATE vm SET generation = generation + 1 WHERE cluster = 'red' AND name = 'b'") },
  'its owner': {
    now: sql(`UPDATE cluster SET owner = 'carl' WHERE ${red}`),
    undo: sql(`UPDATE cluster SET owner = 'bob' WHERE ${red}`),
  },
  'a node’s owner': {
    now: sql("UPDATE vm SET owner = 'carl' WHERE cluster = 'red' AND name = 'a'"),
    undo: sql("UPDATE vm SET owner = 'bob' WHERE cluster = 'red'"),
  },
  'its tags': {
    now: sql(`UPDATE cluster SET tags = '["golden"]', generation = generation + 1 WHERE ${red}`),
    undo: sql(`UPDATE cluster SET tags = '[]' WHERE ${red}`),
  },
  'the policy, to one that decides the same': {
    now: (stage) => stage.swap({ ...stage.lab.lab.policy, hash: 'another' }),
    undo: (stage) => stage.swap(),
  },
  'the policy, to one that denies all': {
    now: (stage) =>
      stage.swap({ ...stage.lab.lab.policy, hash: 'none', decide: () => ({ effect: 'deny', rule: '(none)' }) }),
    undo: (stage) => stage.swap(),
  },
  'a node’s power': {
    ...{ now: (stage) => power(stage, 'stopped'), undo: (stage) => power(stage, 'running'), outside: true },
  },
  'another call on it': { now: (stage) => ask(stage.lab.lab, 'cluster_stop', { cluster_name: 'red' }) },
};

/** So many turns of the microtask queue, and nothing in between. */
async function turns(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) await null;
}

/** After how many turns the confirmed call is written down, when nothing interferes. */
async function turnsToReserve(stage: Stage): Promise<number> {
  await running(stage);
  const { answer } = await confirmed(stage);
  stage.seen.reserved = undefined;
  const ended = ask(stage.instrumented, 'cluster_stop', cut, { ...(answer && { answer }) });
  let count = 0;
  while (stage.seen.reserved === undefined && count < 5_000) {
    await null;
    count += 1;
  }
  expect(await ended).toMatchObject({ ok: true });
  return count;
}

async function running({ lab }: Stage): Promise<void> {
  const started = await ask(lab.lab, 'cluster_start', { cluster_name: 'red' });
  if (!started.ok) throw started.error;
}

const harmless = ['CONFIRMATION_STALE', 'CONFIRMATION_REQUIRED', 'CONFLICT', 'FORBIDDEN', 'NOT_FOUND', 'BUSY'];

describe.each(['ack', 'two-person'])('at level %s', (level) => {
  let stage: Stage;
  let last = 0;
  beforeAll(async () => {
    stage = await staged(level);
    last = await turnsToReserve(stage);
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  test('there are many moments, and after all of them it is written down', () => {
    expect(last).toBeGreaterThan(30);
    expect(last).toBeLessThan(5_000);
  });

  test.each(Object.entries(changes))('%s, at any moment: nothing is done that was not confirmed', async (_, change) => {
    const ends = { done: 0, refused: 0 };
    for (let k = 0; k <= last + 2; k += 1) {
      await running(stage);
      const { plan, answer: said } = await confirmed(stage);
      const before = stage.facts();
      Object.assign(stage.seen, { reserved: undefined, looked: false, plan: undefined });
      const ended = ask(stage.instrumented, 'cluster_stop', cut, { ...(said && { answer: said }) });
      await turns(k);
      const wasReserved = stage.seen.reserved !== undefined;
      stage.seen.looked = false;
      const beside = change.now(stage);
      const outcome = await ended;
      const looked = stage.seen.looked;
      await beside;
      change.undo?.(stage);
      await stage.lab.lab.audit.flush();
      if (outcome.ok) {
        ends.done += 1;
        expect(stage.seen.plan, `turn ${k}`).toBe(plan);
        expect(stage.seen.reserved, `turn ${k}`).toEqual(before);
        // Nobody looked at it again after it had changed and went on all the same.
        if (change.outside) expect(looked && !wasReserved, `turn ${k}`).toBe(false);
      } else {
        ends.refused += 1;
        expect(harmless, `turn ${k}`).toContain(outcome.error.code);
        expect(stage.seen.reserved, `turn ${k}`).toBeUndefined();
        expect(stage.seen.plan, `turn ${k}`).toBeUndefined();
      }
    }
    expect(ends.refused).toBeGreaterThan(10);
    const others = await ask(stage.lab.lab, 'cluster_status', { cluster_name: 'blue' });
    expect(others).toMatchObject({ data: { nodes: [{ domain_state: 'running' }, { domain_state: 'running' }] } });
  });
});
