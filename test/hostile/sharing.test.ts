import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from '../../src/kernel/call/call.ts';
import type { Outcome } from '../../src/kernel/call/steps.ts';
import { newCallId } from '../../src/kernel/call-id.ts';
import type { Lab } from '../../src/kernel/lab.ts';
import type { Principal } from '../../src/sdk/index.ts';
import { ownFolder } from '../support/folder.ts';
import { labFiles, openLab, type TestLab } from '../support/lab.ts';

/* Sharing goes on beside other calls, so a cluster may change hands between a call's intent and its effect. */

const person = (user: string): { readonly principal: Principal } => ({
  principal: { user, groups: ['lab'], via: 'stdio' },
});
const [ana, bob, eve] = [person('ana'), person('bob'), person('eve')];
const never = new AbortController().signal;

let folder: Awaited<ReturnType<typeof ownFolder>>;
let lab: TestLab;
beforeAll(async () => {
  folder = await ownFolder();
  const policies = [{ version: 1, bindings: [{ role: 'user', groups: ['lab'] }] }];
  const files = await labFiles(folder.path, {
    shipped: ['roles.yaml'],
    policies,
    clusters: { one: ['a'], two: ['a'], same: ['a'] },
  });
  lab = await openLab(files);
  for (const topology_name of ['one', 'two', 'same'])
    expect(await lab.ask('cluster_define', { topology_name }, ana)).toMatchObject({ ok: true });
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** A call that is written down, and does nothing until it is let go. */
function held(tool: string, args: object, { principal }: { readonly principal: Principal }) {
  const [recorded, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const append: Lab['audit']['append'] = async (entry) => {
    const sequence = await lab.lab.audit.append(entry);
    if (entry.kind === 'intent') {
      recorded.resolve();
      await go.promise;
    }
    return sequence;
  };
  const audit = new Proxy(lab.lab.audit, {
    get: (log, key) => {
      const value = Reflect.get(log, key);
      return key === 'append' ? append : typeof value === 'function' ? value.bind(log) : value;
    },
  });
  const ended = call({ ...lab.lab, audit }, { id: newCallId(), principal, tool, args, signal: never, stop: never });
  return { recorded: Promise.race([recorded.promise, ended]), go: go.resolve, ended };
}

const offer = (cluster_name: string, to: string) =>
  lab.agree('cluster_share', { cluster_name, with: to, access: 'own' }, ana);
const codeOf = (outcome: Outcome) => (outcome.ok ? 'ok' : outcome.error.code);

test('a name that means another thing by the time it is locked is looked up again, and not used without its lock', async () => {
  await lab.agree('cluster_share', { cluster_name: 'same', with: 'bob', access: 'use' }, ana);
  const [{ id = '' } = {}] = await lab.lab.state.named('cluster', 'same');
  const capacity = Object.assign(Object.create(lab.lab.capacity), {
    // Bob defines one of this name himself, between the first look and the lock.
    check: async () => {
      expect(await lab.ask('cluster_define', { topology_name: 'same' }, bob)).toMatchObject({ ok: true });
    },
    promise: lab.lab.capacity.promise.bind(lab.lab.capacity),
  });
  const held: string[] = [];
  const locks = Object.assign(Object.create(lab.lab.locks), {
    hold(wanted: Parameters<Lab['locks']['hold']>[0], holder: Parameters<Lab['locks']['hold']>[1]) {
      held.push(...wanted.map(({ name }) => name));
      return lab.lab.locks.hold(wanted, holder);
    },
  });
  const request = { id: newCallId(), ...bob, tool: 'cluster_start', args: { cluster_name: 'same' } };
  const ended = await call({ ...lab.lab, capacity, locks }, { ...request, signal: never, stop: never });
  expect(held).toEqual(['cluster ana:same', 'vm ana:same/a']);
  expect(codeOf(ended)).toBe('CONFLICT');
  for (const cluster_name of ['bob:same', 'ana:same'])
    expect(await lab.ask('cluster_status', { cluster_name }, bob)).toMatchObject({
      data: { nodes: [{ domain_state: 'stopped' }] },
    });
  expect((await lab.lab.state.byId('cluster', id))?.owner).toBe('ana');
});

describe('a cluster that changes hands in the middle', () => {
  test('is shared with nobody by whoever had it before', async () => {
    expect(await offer('one', 'bob')).toMatchObject({ ok: true });
    const sharing = held('cluster_share', { cluster_name: 'one', with: 'eve', access: 'use' }, ana);
    await sharing.recorded;
    expect(await lab.ask('cluster_take', { cluster_name: 'ana:one' }, bob)).toMatchObject({ ok: true });
    sharing.go();
    expect(codeOf(await sharing.ended)).toBe('CONFLICT');
    expect(codeOf(await lab.ask('cluster_status', { cluster_name: 'bob:one' }, eve))).toBe('NOT_FOUND');
  });

  test('is not taken after its owner was told that the offer is withdrawn', async () => {
    expect(await offer('two', 'bob')).toMatchObject({ ok: true });
    const withdrawing = held('cluster_share', { cluster_name: 'two', with: 'bob', access: 'none' }, ana);
    await withdrawing.recorded;
    const taking = held('cluster_take', { cluster_name: 'ana:two' }, bob);
    await taking.recorded;
    withdrawing.go();
    expect(codeOf(await withdrawing.ended)).toBe('ok');
    taking.go();
    expect(codeOf(await taking.ended)).toBe('FORBIDDEN');
    expect(await lab.ask('cluster_status', { cluster_name: 'two' }, ana)).toMatchObject({ ok: true });
  });
});
