import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { told, v2 } from '../support/mcp/clients.ts';
import { eras, hello, speak } from '../support/mcp/eras.ts';
import { runningJob } from '../support/mcp/jobs.ts';
import { connectRaw, serveRaw } from '../support/mcp/raw.ts';
import { type Served, served } from '../support/mcp/served.ts';

let lab: Served;
let servers: readonly number[];

beforeAll(async () => {
  lab = await served({ faults: [{ at: 'power.start', of: 'a', how: 'hang' }] });
  await using relay = serveRaw(lab);
  await relay.ask('initialize', {});
  servers = lab.servers();
});
afterEach(async () => {
  expect((await lab.run('status')).stdout).toMatch(/: 0 clients, 0 jobs, /);
  expect(lab.servers()).toEqual(servers);
});
afterAll(() => lab[Symbol.asyncDispose]());

const megabyte = 1024 * 1024;

describe('a connection is closed when its first line is', () => {
  test.each([
    ['empty', '\n'],
    ['HTTP', 'GET / HTTP/1.1\r\nHost: lab\r\n\r\n'],
    ['MCP at once', '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}\n'],
    ['of another version', '{"hello":2,"via":"stdio"}\n'],
    ['from nowhere', '{"hello":1}\n'],
    ['from a place of its own', '{"hello":1,"via":"root"}\n'],
    ['one with more than it may have', '{"hello":1,"via":"stdio","user":"root"}\n'],
    ['a question that is not known', '{"hello":1,"via":"cli","ask":"forget"}\n'],
    ['a list', '[{"hello":1,"via":"stdio"}]\n'],
    ['nothing at all', 'null\n'],
    ['no text', `${randomBytes(512).toString('latin1')}\n`],
    ['without an end', 'x'.repeat(megabyte)],
    ['a hello without an end', `{"hello":1,"via":"stdio","${'x'.repeat(megabyte)}`],
    ['half a hello, and no more', '{"hello":1,'],
    ['not there', ''],
  ])('%s', async (_, text) => {
    await using raw = await connectRaw(lab);
    raw.send(text);
    await raw.ended;
    expect(raw.heard).toEqual([]);
  });
});

test('a hundred that say nothing keep nobody else waiting', async () => {
  await using open = new AsyncDisposableStack();
  for (let index = 0; index < 100; index += 1) open.use(await connectRaw(lab));
  await using client = await v2(lab);
  expect((await client.call('cluster_list')).structuredContent).toEqual({ clusters: [] });
});

test('a hello in pieces, with what follows it, is one', async () => {
  await using raw = await connectRaw(lab);
  const whole = `${hello}{"jsonrpc":"2.0","id":1,"method":"ping"}\n`;
  for (const byte of whole) await new Promise((sent) => raw.socket.write(byte, sent));
  expect(await raw.answer(1)).toMatchObject({ result: {} });
});

describe.each(eras)('after the hello, in the era of %s', (era) => {
  test.each([
    ['words', 'who is there?\n'],
    ['an empty line', '\n'],
    ['bytes', `${randomBytes(512).toString('latin1').replaceAll('\n', '')}\n`],
    ['JSON that is no message', '{"hello":1,"via":"stdio"}\n[]\nnull\n7\n"x"\n'],
    ['another protocol', '{"jsonrpc":"1.0","id":1,"method":"tools/list"}\n'],
    ['an answer to nothing', '{"jsonrpc":"2.0","id":99,"result":{}}\n'],
    ['a method that is not there', '{"jsonrpc":"2.0","id":98,"method":"lab/erase","params":{}}\n'],
    ['a cancel of nothing', '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":97}}\n'],
  ])('%s are passed over', async (_, text) => {
    await using raw = await connectRaw(lab);
    raw.send(hello);
    const { call } = await speak(raw, era);
    raw.send(text);
    expect((await call('cluster_list', {}))?.result).toMatchObject({ structuredContent: { clusters: [] } });
  });

  test('a message of ten megabytes ends its own connection, with the reason', async () => {
    await using raw = await connectRaw(lab);
    await using other = await connectRaw(lab);
    for (const one of [raw, other]) one.send(hello);
    const { params } = await speak(raw, era);
    const { call } = await speak(other, era);
    raw.send({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: params('cluster_list', { x: 'x'.repeat(10 * megabyte) }),
    });
    await raw.ended;
    expect(raw.heard.at(-1)).toMatchObject({
      id: null,
      error: { code: -32600, message: expect.stringContaining('1048576') },
    });
    expect((await call('cluster_list', {}))?.result).toMatchObject({ structuredContent: { clusters: [] } });
  });

  test('and is no cancel: its job goes on', async () => {
    await using other = await v2(lab, () => ({ type_the_name: 'solo' }));
    await other.call('cluster_define', { topology_name: 'solo' });
    await using raw = await connectRaw(lab);
    void raw.send(hello);
    const { params } = await speak(raw, era);
    raw.send({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: params('cluster_start', { cluster_name: 'solo' }),
    });
    const job_id = await runningJob(other, 'cluster_start');
    raw.send('x'.repeat(2 * megabyte));
    await raw.ended;
    expect((await other.call('job_get', { job_id })).structuredContent).toMatchObject({ status: 'running' });
    await other.call('job_cancel', { job_id });
    const destroyed = await other.call('cluster_destroy', { cluster_name: 'solo' });
    expect(destroyed.isError ? told(destroyed) : destroyed.structuredContent).toMatchObject({ cluster_name: 'solo' });
  });

  test('a connection that ends in the middle of a message ends alone', async () => {
    await using raw = await connectRaw(lab);
    raw.send(hello);
    await speak(raw, era);
    raw.send('{"jsonrpc":"2.0","id":1,"method":"tools/list","par');
    raw.socket.destroy();
    await raw.ended;
  });
});
