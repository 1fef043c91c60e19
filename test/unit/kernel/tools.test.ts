import { memoryProvider } from 'labwarden/sdk/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from '../../../src/kernel/call/call.ts';
import { keeper } from '../../../src/kernel/lease-keeper.ts';
import type { Entry } from '../../../src/kernel/registry.ts';
import { notOffered, toolsFor } from '../../../src/kernel/tools.ts';
import type { Principal } from '../../../src/sdk/index.ts';
import { ownFolder } from '../../support/folder.ts';
import { labFiles, me, openLab, type TestLab } from '../../support/lab.ts';

let folder: Awaited<ReturnType<typeof ownFolder>>;
let lab: TestLab;

beforeAll(async () => {
  folder = await ownFolder();
  lab = await openLab(await labFiles(folder.path));
  await lab.lab.providers.ready('main', new AbortController().signal, true);
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const names = (of: TestLab['lab'], caller: object = {}) => [...toolsFor(of, { principal: me, ...caller }).keys()];
const all = () => [...lab.lab.operations.keys()];
const effects = (names: readonly string[]) =>
  new Set(names.map((name) => lab.lab.operations.get(name)?.operation.effect));

test('everything that the lab has is there for its owner', () => {
  expect(names(lab.lab)).toEqual(all());
  expect(all()).toEqual(expect.arrayContaining(['cluster_define', 'job_get']));
});

describe('read-only mode leaves what only ever reads', () => {
  test.each<[string, object, object]>([
    ['for everybody, by the config', { readOnly: true }, {}],
    ['for one client, by its own wish', {}, { narrowed: { readOnly: true } }],
    ['whatever toolsets are chosen', { readOnly: true, toolsets: ['all'] }, { narrowed: { toolsets: ['all'] } }],
  ])('%s', (_, config, caller) => {
    const left = names({ ...lab.lab, ...config }, caller);
    expect(effects(left)).toEqual(new Set(['read']));
    expect(left).toEqual(expect.arrayContaining(['cluster_list', 'job_get']));
    // Its effect may be weaker, by its input; what counts is the strongest.
    expect(left).not.toContain('cluster_stop');
  });

  test('and no client can take it back', () => {
    const caller = { narrowed: { readOnly: false, toolsets: ['all'] } };
    expect(effects(names({ ...lab.lab, readOnly: true }, caller))).toEqual(new Set(['read']));
  });

  test('and what the lab does by itself goes on: whoever ends leases has its tools', () => {
    const few = { ...lab.lab, readOnly: true, toolsets: ['jobs'] };
    expect(names(few, { principal: keeper })).toEqual(names(lab.lab, { principal: keeper }));
    expect(names(few, { principal: keeper })).toEqual(expect.arrayContaining(['cluster_stop', 'cluster_trash']));
  });
});

describe('a call to what is not there', () => {
  test.each<[string, object, object]>([
    ['in read-only mode', { readOnly: true }, {}],
    ['for a client that only reads', {}, { narrowed: { readOnly: true } }],
    ['of another toolset', { toolsets: ['jobs'] }, {}],
    ['of a toolset that its client did not take', {}, { narrowed: { toolsets: ['jobs'] } }],
  ])('%s leaves the line at `find`', async (_, config, extra) => {
    const never = new AbortController().signal;
    const request = { id: 'x', principal: me, tool: 'cluster_define', args: 7, signal: never, stop: never, ...extra };
    // Arguments that `validate` would refuse show that it never came so far.
    expect(await call({ ...lab.lab, ...config }, request)).toMatchObject({
      ok: false,
      error: { code: 'NOT_FOUND', message: 'There is no tool "cluster_define".', details: {} },
    });
  });
});

describe('toolsets', () => {
  const rare = (of: TestLab['lab']) => {
    const entry = of.operations.get('cluster_list') as Entry;
    const operation = { ...entry.operation, name: 'cluster_rare', onRequest: true as const };
    return { ...of, operations: new Map([...of.operations, ['cluster_rare', { ...entry, operation }]]) };
  };

  test('one alone brings its own tools, and those that follow a job', () => {
    const left = names({ ...lab.lab, toolsets: ['clusters'] });
    expect(left).toEqual(all().filter((name) => lab.lab.operations.get(name)?.plugin !== 'lab'));
    expect(left).toEqual(expect.arrayContaining(['cluster_start', 'job_get']));
    expect(names({ ...lab.lab, toolsets: ['nothing'] })).toEqual(['job_list', 'job_get', 'job_cancel']);
  });

  test('by default all but what is there on request only; by its name, or with all, that too', () => {
    expect(names(rare(lab.lab))).not.toContain('cluster_rare');
    expect(names({ ...rare(lab.lab), toolsets: ['clusters'] })).toContain('cluster_rare');
    expect(names({ ...rare(lab.lab), toolsets: ['all'] })).toContain('cluster_rare');
  });

  test('a client gets what both chose, never more than the config has', () => {
    const of = rare(lab.lab);
    expect(names(of, { narrowed: { toolsets: ['all'] } })).not.toContain('cluster_rare');
    expect(names({ ...of, toolsets: ['jobs'] }, { narrowed: { toolsets: ['clusters'] } })).toEqual([
      ...['job_list', 'job_get', 'job_cancel'],
    ]);
  });
});

describe('what no provider can do', () => {
  const having = (...known: readonly unknown[]) => ({
    ...lab.lab,
    providers: { known: () => known, version: Math.random() } as unknown as TestLab['lab']['providers'],
  });
  const mute = memoryProvider({ without: { power: 'Nothing can be started here.' } });
  const { power: _, ...powerless } = memoryProvider().vm;

  test('is not there, whether it gives a reason or not', () => {
    for (const provider of [mute, { ...memoryProvider(), vm: powerless }]) {
      expect(names(having(provider))).not.toContain('cluster_start');
      expect(names(having(provider))).toContain('cluster_list');
    }
  });

  test('is told to whoever runs the lab, with the reason', () => {
    const why = 'Nothing can be started here.';
    expect(notOffered(having(mute))).toContainEqual({ tool: 'cluster_start', why });
    expect(notOffered(having({ ...memoryProvider(), vm: powerless }))).toContainEqual({
      ...{ tool: 'cluster_start', why: 'This provider has no power.' },
    });
  });

  test('is there as soon as one provider can, or one has not answered yet', () => {
    expect(names(having(mute, memoryProvider()))).toContain('cluster_start');
    expect(names(having(mute, undefined))).toContain('cluster_start');
    expect(notOffered(having(mute, undefined))).toEqual([]);
  });

  test('is known from the provider itself, once it is connected', async () => {
    await using own = await ownFolder();
    const without = { power: 'Nothing can be started here.' };
    await using other = await openLab(await labFiles(own.path, { without }));
    expect(names(other.lab)).toContain('cluster_start');
    await other.lab.providers.ready('main', new AbortController().signal, true);
    expect(names(other.lab)).not.toContain('cluster_start');
    expect(await other.ask('cluster_start', { cluster_name: 'red' })).toMatchObject({
      error: { code: 'NOT_FOUND', message: 'There is no tool "cluster_start".' },
    });
  });
});

test('many callers are remembered, and not all of them', () => {
  const principals = Array.from({ length: 200 }, (_, index): Principal => ({ ...me, user: `user-${index}` }));
  const [first] = principals;
  const once = toolsFor(lab.lab, { principal: first as Principal });
  expect(toolsFor(lab.lab, { principal: { ...(first as Principal) } })).toBe(once);
  for (const principal of principals) toolsFor(lab.lab, { principal });
  expect(toolsFor(lab.lab, { principal: first as Principal })).not.toBe(once);
});
