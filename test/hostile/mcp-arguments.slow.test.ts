import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Era, eras, hello, type Spoken, speak } from '../support/mcp/eras.ts';
import { connectRaw, type Raw, serveRaw } from '../support/mcp/raw.ts';
import { type Served, served } from '../support/mcp/served.ts';

let lab: Served;
let relay: Raw;
let servers: readonly number[];
const connections: Raw[] = [];

beforeAll(async () => {
  lab = await served();
  relay = serveRaw(lab);
  await relay.ask('initialize', {});
  servers = lab.servers();
});
afterEach(async () => {
  for (const raw of connections.splice(0)) await raw[Symbol.asyncDispose]();
  // It lives, it is the same one, and nothing was made.
  await using raw = await connectRaw(lab);
  raw.send(hello);
  const { call } = await speak(raw, '2026-07-28');
  expect((await call('cluster_list', {}))?.result).toMatchObject({ structuredContent: { clusters: [] } });
  expect(lab.servers()).toEqual(servers);
});
afterAll(async () => {
  await relay[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
});

async function client(era: Era): Promise<Spoken> {
  const raw = await connectRaw(lab);
  connections.push(raw);
  raw.send(hello);
  return await speak(raw, era);
}

/** Arrays in arrays, as JSON text: too deep to be built by hand. */
const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
const sentence = (message: Awaited<ReturnType<Spoken['call']>>) => String(Object(message?.result).content?.[0].text);

describe.each(eras)('in the era of %s', (era) => {
  test.each([
    [
      '__proto__ beside it',
      '{"cluster_name":"red","__proto__":{"cluster_name":"x"}}',
      'NOT_FOUND: No cluster is named "red"',
    ],
    [
      '__proto__ instead of it',
      '{"__proto__":{"cluster_name":"red"}}',
      'INVALID_INPUT: The input does not fit: "cluster_name" is missing',
    ],
    ['constructor', '{"cluster_name":"red","constructor":{"prototype":{}}}', 'INVALID_INPUT'],
    ['__caslSubjectType__', '{"cluster_name":"red","__caslSubjectType__":"vm"}', 'INVALID_INPUT'],
    ['__caslSubjectType__ in place of a name', '{"cluster_name":{"__caslSubjectType__":"vm"}}', 'INVALID_INPUT'],
    ['a name that every object has', '{"cluster_name":"constructor"}', 'NOT_FOUND: No cluster is named "constructor"'],
    ['__proto__ as a name', '{"cluster_name":"__proto__"}', 'NOT_FOUND: No cluster is named "__proto__"'],
    ['half a megabyte of name', JSON.stringify({ cluster_name: 'x'.repeat(512 * 1024) }), 'INVALID_INPUT'],
  ])('%s gets nobody anywhere', async (_, json, answer) => {
    const { call } = await client(era);
    expect(sentence(await call('cluster_status', JSON.parse(json)))).toContain(answer);
    expect(Object.prototype).not.toHaveProperty('cluster_name');
  });

  test.each(['__proto__', 'constructor', 'toString', '', 'cluster_list\n', 'x'.repeat(100_000)])(
    'there is no tool %j',
    async (tool) => {
      const { call } = await client(era);
      expect(sentence(await call(tool, {}))).toBe(`NOT_FOUND: There is no tool "${tool}".`);
    },
  );

  test.each([[[]], [null], ['red'], [7], [true]])('arguments that are %j are refused by name', async (args) => {
    const { call } = await client(era);
    expect((await call('cluster_status', args))?.error).toMatchObject({
      code: -32602,
      message: expect.stringContaining('"arguments"'),
    });
  });

  test.each(['../../etc/passwd', '/etc/passwd', '..', '.', 'red.yaml', 'red\0', '--help'])(
    'topology %j reads nothing',
    async (topology_name) => {
      const { call } = await client(era);
      expect(sentence(await call('cluster_define', { topology_name }))).toMatch(/^(INVALID_INPUT|NOT_FOUND): /);
    },
  );

  const exec = (nodes: unknown) => ({ cluster_name: 'red', command: 'true', nodes });
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

  test('three thousand names are too many', async () => {
    const { call } = await client(era);
    const answer = await call('node_exec_all', exec(numbers(3_000).map((index) => `n${index}`)));
    expect(sentence(answer)).toBe('INVALID_INPUT: The input does not fit: "nodes" must NOT have more than 64 items.');
  });

  test('three thousand mistakes are not listed one by one', async () => {
    const { call } = await client(era);
    const answer = await call('node_exec_all', exec(numbers(3_000)));
    expect(sentence(answer)).toMatch(/^INVALID_INPUT: /);
    expect(JSON.stringify(answer).length).toBeLessThan(4_096);
  });

  test('an argument that is not known is named', async () => {
    const { call } = await client(era);
    const answer = await call('cluster_status', { cluster_name: 'red', clustername: 'red' });
    expect(sentence(answer)).toMatch(/^INVALID_INPUT: .*clustername/);
  });

  test.each([5_000, 100_000])('%i arrays in each other are refused', async (depth) => {
    const { call } = await client(era);
    expect((await call('cluster_status', { cluster_name: nested(depth) }))?.result).toMatchObject({ isError: true });
    expect((await call('cluster_status', { cluster_name: 'red', more: nested(depth) }))?.result).toMatchObject({
      isError: true,
    });
  });

  test('as a mistake of whoever sent them', async () => {
    const { call } = await client(era);
    expect(sentence(await call('cluster_status', { cluster_name: nested(5_000) }))).toMatch(/^INVALID_INPUT: /);
  });
});
