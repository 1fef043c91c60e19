import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Lab } from '../../../src/kernel/lab.ts';
import { named } from '../../../src/kernel/naming.ts';
import { policyOf } from '../../../src/policy/load.ts';
import { LabError, type Principal } from '../../../src/sdk/index.ts';
import { ownFolder } from '../../support/folder.ts';
import { openedState, reservation } from '../../support/state.ts';

const person = (user: string): Principal => ({ user, groups: [], via: 'stdio' });

const rules = `
version: 1
roles:
  owner: { allow: [{ actions: [inspect], on: cluster, where: { owner: $me } }] }
  guest: { allow: [{ actions: [inspect], on: cluster, where: { owner: { in: [ana, bob] } } }] }
bindings:
  - { role: owner, users: ['*'] }
  - { role: guest, users: [eve, ana] }
`;
const actions = { vm: [], cluster: [], job: [], host: [], lab: [] };

let lab: Lab;
const opened = new AsyncDisposableStack();

beforeAll(async () => {
  const { path } = opened.use(await ownFolder());
  const state = opened.use(openedState(path));
  for (const [owner, name] of [
    ['ana', 'red'],
    ['bob', 'red'],
    ['eve', 'blue'],
    ['bob', 'blue'],
    ['zoe', 'red'],
  ] as const)
    await state.reserve(reservation({ owner, name, nodes: 0 }));
  lab = { state, policy: policyOf([{ name: 'test.yaml', text: rules }], { actions }) } as unknown as Lab;
});
afterAll(() => opened.disposeAsync());

const ownerOf = async (who: string, typed: string) => (await named(lab, person(who), 'cluster', typed)).owner;
const refusal = async (who: string, typed: string) => {
  const reason = await named(lab, person(who), 'cluster', typed).catch(LabError.of);
  return 'code' in reason ? { code: reason.code, message: reason.message, details: reason.details } : undefined;
};

test("one's own comes before other people's of the same name", async () => {
  expect(await ownerOf('ana', 'red')).toBe('ana');
  expect(await ownerOf('eve', 'blue')).toBe('eve');
});

test("another person's is meant when it is the only one that may be seen", async () => {
  expect(await ownerOf('ana', 'blue')).toBe('bob');
});

test('of several the owner must be named, and only those that may be seen are offered', async () => {
  expect(await refusal('eve', 'red')).toEqual({
    code: 'INVALID_INPUT',
    message: 'Several people have a cluster "red". Say whose: ana:red, bob:red.',
    details: { have: ['ana:red', 'bob:red'] },
  });
  expect(await ownerOf('eve', 'bob:red')).toBe('bob');
  expect(await ownerOf('ana', 'ana:red')).toBe('ana');
});

test('what is hidden and what is not there are answered in the same words', async () => {
  for (const [hidden, absent] of [
    ['zoe:red', 'zoe:green'],
    ['red', 'green'],
  ] as const) {
    const of = async (typed: string) => JSON.stringify(await refusal('kim', typed)).replace(/red|green/, '…');
    expect(await of(hidden)).toBe(await of(absent));
  }
  expect(await refusal('kim', 'red')).toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('"red"') });
});
