import { userInfo } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditRecord } from '../../src/audit/index.ts';
import { call } from '../../src/kernel/call/call.ts';
import { ownFolder } from '../support/folder.ts';
import { labFiles, openLab, type TestLab } from '../support/lab.ts';
import { eras } from '../support/mcp/eras.ts';
import { type Here, servedHere } from '../support/mcp/here.ts';
import type { Message } from '../support/mcp/raw.ts';

/** The caller may look at clusters and jobs and start clusters; no rule lets them run a command in a node. */
const policies = [
  {
    version: 1,
    roles: {
      guest: {
        allow: [
          { actions: ['inspect', 'start', 'stop'], on: ['cluster', 'vm'] },
          { actions: ['inspect'], on: ['job'] },
        ],
      },
    },
    bindings: [{ role: 'guest', users: [userInfo().username] }],
  },
];

let folder: Awaited<ReturnType<typeof ownFolder>>;
let lab: TestLab;
let here: Here;

beforeAll(async () => {
  folder = await ownFolder();
  lab = await openLab(await labFiles(folder.path, { policies, without: { console: 'no', lan: 'No networks here.' } }));
  await lab.lab.providers.ready('main', new AbortController().signal, true);
  here = await servedHere(lab, folder.path);
});
afterAll(async () => {
  await here[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** As it came over the wire, but for what says which call it was. */
const bytes = (answer: Message | undefined, tool: string): string =>
  JSON.stringify({ ...answer, id: 0 })
    .replaceAll(tool, 'THE_TOOL')
    .replaceAll(/\\"call\\":\\"[^"\\]+\\"/g, '"call"');

const absent = 'cluster_nothing';

/** Every reason for which a tool of this lab may be hidden from a client, and one that it has. */
const hidden: readonly (readonly [string, string, object])[] = [
  ['that policy could never allow', 'node_exec', {}],
  ['that policy could never allow to create', 'cluster_define', {}],
  ['that no provider can do', 'cluster_destroy', {}],
  ['that is no read, for a client that only reads', 'cluster_start', { readOnly: true }],
  ['of a toolset that the client did not take', 'cluster_list', { toolsets: ['jobs'] }],
];
const argumentsOf = [{}, { cluster_name: 'red' }, { cluster_name: 7, more: true }, { topology_name: 'red' }];

describe.each(eras)('in %s', (era) => {
  test.each(hidden)('a tool %s answers byte for byte like one that never was', async (_, tool, more) => {
    await using client = await here.client(era, more);
    for (const args of argumentsOf) {
      const [one, other] = [await client.call(tool, args), await client.call(absent, args)];
      expect(bytes(one, tool)).toBe(bytes(other, absent));
      expect(bytes(one, tool)).toContain('NOT_FOUND: There is no tool');
    }
  });

  test.each(hidden)('a tool %s is not listed', async (_, tool, more) => {
    await using client = await here.client(era, more);
    const params = Object(client.params('x', {}));
    const listed = await client.ask('tools/list', '_meta' in params ? { _meta: params._meta } : {});
    const names = Object(listed?.result).tools.map(({ name }: { readonly name: string }) => name);
    expect(names).toContain('job_list');
    expect(names).not.toContain(tool);
  });
});

describe('in the log', () => {
  /** The shape of a line: which keys, which kinds of values, and all that is not the call's own. */
  const shape = ({ seq, t, op, act, prev, h, ...rest }: AuditRecord & Record<string, unknown>) => ({
    ...rest,
    lengths: [typeof seq, String(t).length, typeof op, typeof act, String(prev).length, String(h).length],
  });

  test.each(hidden)('a tool %s leaves the same one line', async (_, tool, more) => {
    await using client = await here.client('2026-07-28', more);
    const before = (await lab.records()).length;
    await client.call(tool, { cluster_name: 'red' });
    await client.call(absent, { cluster_name: 'red' });
    const lines = (await lab.records()).slice(before) as unknown as readonly (AuditRecord & Record<string, unknown>)[];
    expect(lines.map(({ act }) => act)).toEqual([tool, absent]);
    expect(shape(lines[0] as never)).toEqual(shape(lines[1] as never));
    expect(lines[0]).toMatchObject({ kind: 'decision', decision: { effect: 'deny', rule: 'NOT_FOUND' } });
  });
});

test('a hidden tool costs no step more than an absent one', async () => {
  const touched = async (tool: string) => {
    const steps: string[] = [];
    const watched = new Proxy(lab.lab, {
      get(target, key, receiver) {
        steps.push(String(key));
        return Reflect.get(target, key, receiver);
      },
    });
    const signal = new AbortController().signal;
    const principal = { user: userInfo().username, groups: [], via: 'stdio' as const };
    await call(watched, { id: 'x', principal, tool, args: { cluster_name: 'red' }, signal, stop: signal });
    return steps;
  };
  const never = await touched(absent);
  expect(never).toContain('audit');
  expect(never).not.toContain('state');
  for (const [, tool] of hidden.slice(0, 3)) expect(await touched(tool)).toEqual(never);
});

test('a toolset that one has no tool of is there as little as one that never was', async () => {
  await using own = await ownFolder();
  const roles = { watcher: { allow: [{ actions: ['inspect'], on: ['job'] }] } };
  const bindings = [{ role: 'watcher', users: [userInfo().username] }];
  await using other = await openLab(await labFiles(own.path, { policies: [{ version: 1, roles, bindings }] }));
  await using door = await servedHere(other, own.path);
  for (const toolset of ['clusters', 'weather']) {
    await using raw = await door.connect();
    raw.send({ hello: 1, via: 'stdio', toolsets: [toolset] });
    expect(await raw.answer((message) => 'refused' in message)).toEqual({
      refused: `--toolsets: there is no toolset "${toolset}". There are: default, all, jobs.`,
    });
    await raw.ended;
  }
});
