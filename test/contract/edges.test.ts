import type { AnyOperation, Pipe, Ports } from 'labwarden/sdk';
import { LabError } from 'labwarden/sdk';
import { memoryPipe } from 'labwarden/sdk/testing';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Placed, place, places } from '../support/crossing/places.ts';
import { quietCall } from '../support/quiet-call.ts';
import { clusterOf } from '../support/vms.ts';

const pieceBytes = 64 * 1024;
const bigBytes = 10 * 1024 * 1024;
const cluster = { ...clusterOf('trio'), nodes: [], lan: { active: async () => true } };

let plugin: Placed;

/** Runs an operation of the crossing plugin, with the hands it would get. */
const run = async (name: string, input: object = {}, hands: object = {}) => {
  const context = { call: quietCall, cluster, ports: {}, ...hands };
  return await operation(name).run(context, input);
};

function operation(name: string): AnyOperation {
  const operations = plugin.plugin.kind === 'capability' ? plugin.plugin.operations : [];
  const found = operations.find((each) => each.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
}

const files = (files: Partial<Record<'read' | 'write', () => Promise<Pipe>>>) => ({ ports: { files } });

describe.each(places)('what crosses, crosses whole %s', (where) => {
  beforeAll(async () => {
    plugin = await place(where, 'crossing');
  });
  afterAll(async () => await plugin[Symbol.asyncDispose]());

  test('a stop reaches the plugin with its reason', async () => {
    const stop = new AbortController();
    const reason = new LabError('TIMEOUT', 'It took too long.', { details: { afterMs: 7 } });
    const answer = run('edge_wait', {}, { call: { ...quietCall, signal: stop.signal } });
    stop.abort(reason);
    const { code, message, details } = reason;
    await expect(answer).rejects.toMatchObject({ code, message, details });
  });

  test('so does one that came before the call', async () => {
    const signal = AbortSignal.abort(new LabError('CANCELLED', 'It was called off.'));
    await expect(run('edge_wait', {}, { call: { ...quietCall, signal } })).rejects.toThrow('It was called off.');
  });

  test('an error keeps its code, sentence and details', async () => {
    const error = { code: 'CONFLICT', message: 'It is taken.', details: { $by: 'ana', list: [1, null] } };
    await expect(run('edge_fail')).rejects.toMatchObject(error);
  });

  test('10 MB come through a pipe, and nobody sends what was not asked for', async () => {
    const big = { given: 0 };
    const [paused, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const note = async () => {
      paused.resolve();
      await go.promise;
    };
    const hands = { ...files({ read: async () => bigFile(big) }), call: { ...quietCall, note } };
    const answer = run('edge_read', { pause_after: 10 }, hands);
    await paused.promise;
    expect(big.given).toBe(10 * pieceBytes);
    go.resolve();
    expect(await answer).toMatchObject({ bytes: bigBytes });
  });

  test('the largest piece of a pipe crosses', async () => {
    const pipe = memoryPipe([new Uint8Array(pieceBytes).fill(7)]);
    expect(await run('edge_read', { pause_after: -1 }, files({ read: async () => pipe }))).toEqual({
      bytes: pieceBytes,
      sum: 7,
    });
    await run('edge_write', { bytes: pieceBytes }, files({ write: async () => pipe }));
    expect(pipe.written.map(({ byteLength }) => byteLength)).toEqual([pieceBytes]);
  });

  test.each([
    ['nothing at all', undefined],
    ['nothing in a list', [undefined, null, 1]],
    ['nothing under a name', { exitCode: undefined, timedOut: true }],
    ['what looks like one of our marks', { $method: 1, $$bytes: 2, nested: [{ $signal: 3 }, { $undefined: 0 }] }],
    ['bytes in a tree', { a: [new Uint8Array([1, 2])], b: new Uint8Array([3]), c: new Uint8Array() }],
    ['words', 'ü 日本 \u0000 😀'],
  ])('data stays what it was: %s', async (_, said) => {
    const clock = { now: async () => said } as unknown as Ports['clock'];
    expect(await run('edge_echo', {}, { ports: { clock } })).toEqual({ said });
  });
});

describe('in a child', () => {
  beforeAll(async () => {
    plugin = await place('in a child', 'crossing');
  });
  afterAll(async () => await plugin[Symbol.asyncDispose]());

  test('what a call held is dead when the call is over', async () => {
    await run('edge_keep');
    expect(await run('edge_keep')).toEqual({ earlier: 'The call that lent this is over.' });
  });

  test('an accident keeps its words to itself; the log has them, under the id of the call', async () => {
    const call = { ...quietCall, id: 'mb3k2x1p-9f8e7d6c5b4a' };
    const answer = await run('edge_fail', { by_accident: true }, { call }).catch((reason: unknown) => reason);
    expect(answer).toMatchObject({ code: 'INTERNAL', details: {} });
    expect(String(answer)).not.toContain('secret');
    const line = await vi.waitFor(() => plugin.lines.find((each) => each.includes(call.id)) ?? Promise.reject(), {
      interval: 2,
    });
    expect(JSON.parse(line)).toEqual({
      ...{ level: 'error', call: call.id, message: 'secret path /root/x' },
      stack: expect.stringContaining('crossing/index.ts'),
    });
  });

  test('an accident of ours is logged here, and the child never sees its words', async () => {
    const clock = { now: () => Promise.reject(new Error('password in a stack')) };
    await expect(run('edge_echo', {}, { ports: { clock } })).rejects.toThrow('Something failed inside labwarden');
    expect(plugin.lines.filter((line) => line.includes('password in a stack'))).toHaveLength(1);
  });

  test('a piece larger than a piece may be is refused, whoever gives it', async () => {
    const pipe = memoryPipe([new Uint8Array(pieceBytes + 1)]);
    await expect(run('edge_read', { pause_after: -1 }, files({ read: async () => pipe }))).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
    });
    await expect(
      run('edge_write', { bytes: pieceBytes + 1 }, files({ write: async () => pipe })),
    ).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
    });
    expect(pipe.written).toEqual([]);
  });

  test('keys that could be taken for a prototype do not cross', async () => {
    const said = JSON.parse('{"__proto__":{"a":1},"nested":{"constructor":{"b":1},"$__proto__":1,"stays":2}}');
    const clock = { now: async () => said };
    const answer = await run('edge_echo', {}, { ports: { clock } });
    expect(JSON.stringify(answer)).toBe('{"said":{"nested":{"$__proto__":1,"stays":2}}}');
  });

  test('it inherits no environment', async () => {
    expect(await run('edge_environment')).toEqual({ names: [] });
  });
});

describe('a child that dies', () => {
  test('leaves a read unanswered and a change unknown, and every other call as well', async () => {
    plugin = await place('in a child', 'crossing');
    const waiting = [run('edge_wait'), run('edge_write', { bytes: 1 }, files({ write: () => new Promise(() => {}) }))];
    const ends = [...waiting, run('edge_look_and_die')].map((answer) => answer.catch((reason) => reason.code));
    expect(await Promise.all(ends)).toEqual(['PROVIDER_UNAVAILABLE', 'OUTCOME_UNKNOWN', 'PROVIDER_UNAVAILABLE']);
    await expect(run('edge_write')).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    await plugin[Symbol.asyncDispose]();
  });

  test('in the middle of a change has noted what it was about to do', async () => {
    await using dying = await place('in a child', 'crossing');
    plugin = dying;
    const notes: string[] = [];
    const call = { ...quietCall, note: async (step: string) => void notes.push(step) };
    await expect(run('edge_touch_and_die', {}, { call })).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      message: 'The process died during edge_touch_and_die; look before you try again.',
    });
    expect(notes).toEqual(['touched']);
  });
});

function bigFile(big: { given: number }): Pipe {
  const pieces = function* () {
    while (big.given < bigBytes) {
      big.given += pieceBytes;
      yield new Uint8Array(pieceBytes).fill(big.given / pieceBytes);
    }
  };
  return memoryPipe(pieces());
}
