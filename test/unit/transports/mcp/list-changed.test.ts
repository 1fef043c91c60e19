import { writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { memoryProvider } from 'labwarden/sdk/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { News } from '../../../../src/kernel/news.ts';
import { Providers } from '../../../../src/kernel/providers.ts';
import { vocabularyOf } from '../../../../src/kernel/vocabulary.ts';
import { loadPolicy, type Policy } from '../../../../src/policy/index.ts';
import type { Provider } from '../../../../src/sdk/index.ts';
import { ownFolder } from '../../../support/folder.ts';
import { labFiles, openLab, type TestLab } from '../../../support/lab.ts';
import { eras } from '../../../support/mcp/eras.ts';
import { servedHere } from '../../../support/mcp/here.ts';
import type { Raw } from '../../../support/mcp/raw.ts';

let folder: Awaited<ReturnType<typeof ownFolder>>;
let lab: TestLab;

beforeAll(async () => {
  folder = await ownFolder();
  lab = await openLab(await labFiles(folder.path));
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** A policy in which whoever runs the tests may do this to clusters. */
async function policy(name: string, ...actions: readonly string[]): Promise<Policy> {
  return await policyOf(name, { some: { allow: [{ actions, on: ['cluster', 'vm'] }] } });
}

async function policyOf(name: string, roles: object, more: readonly object[] = []): Promise<Policy> {
  const file = join(folder.path, `${name}.yaml`);
  const bindings = [{ role: 'some', users: [userInfo().username] }, ...more];
  await writeFile(file, stringify({ version: 1, roles, bindings }));
  return await loadPolicy([file], vocabularyOf(lab.lab.operations));
}

/** The same lab behind a socket, its policy in our hands. */
async function withPolicy(first: Policy) {
  const news = new News();
  let now = first;
  const own = {
    ...lab.lab,
    onPolicyChange: (listener: () => void) => news.listen(listener),
  };
  Object.defineProperty(own, 'policy', { get: () => now });
  const change = (next: Policy) => {
    now = next;
    news.tell();
  };
  const here = await servedHere({ kernel: { ...lab.kernel, lab: own } }, place());
  return { here, change };
}

let count = 0;
const place = () => {
  count += 1;
  return join(folder.path, `${count}`);
};

const method = 'notifications/tools/list_changed';
const heardBy = ({ heard }: Raw) => heard.filter((message) => message.method === method);

describe.each(eras)('in %s', (era) => {
  const meta = (client: { params(tool: string, args: unknown): object }) => {
    const params = Object(client.params('x', {}));
    return '_meta' in params ? { _meta: params._meta } : {};
  };
  /** Asks for changes where one has to ask. */
  const subscribe = async (client: Raw & { params(tool: string, args: unknown): object }) => {
    if (era === '2025-11-25') return;
    client.send({
      ...{ jsonrpc: '2.0', id: 'sub', method: 'subscriptions/listen' },
      params: { ...meta(client), notifications: { toolsListChanged: true } },
    });
    await client.answer((message) => message.method === 'notifications/subscriptions/acknowledged');
  };

  test('a client hears when its list has changed, and only then', async () => {
    const [few, same, more] = [
      await policy('few', 'inspect'),
      await policy('same', 'inspect', 'exec', 'inspect'),
      await policy('more', 'inspect', 'start'),
    ];
    const { here, change } = await withPolicy(few);
    await using _ = here;
    await using client = await here.client(era);
    await subscribe(client);
    await client.ask('tools/list', meta(client));
    change(more);
    await client.answer((message) => message.method === method);
    const listed = await client.ask('tools/list', meta(client));
    expect(JSON.stringify(listed)).toContain('cluster_start');
    change({ ...more, hash: 'another file, with the same rules' });
    await client.ask('tools/list', meta(client));
    expect(heardBy(client)).toHaveLength(1);
    change(same);
    await client.answer((message) => message === heardBy(client)[1]);
    expect(heardBy(client)).toHaveLength(2);
  });

  test('what is taken from a client of its name alone is told to it', async () => {
    const some = { allow: [{ actions: ['inspect', 'start'], on: ['cluster', 'vm'] }] };
    const less = { deny: [{ actions: ['start'], on: 'cluster', reason: 'Not by hand.' }] };
    const { here, change } = await withPolicy(await policyOf('all', { some }));
    await using _ = here;
    await using client = await here.client(era);
    await subscribe(client);
    expect(JSON.stringify(await client.ask('tools/list', meta(client)))).toContain('cluster_start');
    change(await policyOf('not-by-hand', { some, less }, [{ role: 'less', agents: ['by hand'] }]));
    await client.answer((message) => message.method === method);
    expect(JSON.stringify(await client.ask('tools/list', meta(client)))).not.toContain('cluster_start');
  });

  test('a client whose share did not change hears nothing while another one does', async () => {
    const { here, change } = await withPolicy(await policy('few', 'inspect'));
    await using _ = here;
    await using reader = await here.client(era, { readOnly: true });
    await using writer = await here.client(era);
    for (const client of [reader, writer]) {
      await subscribe(client);
      await client.ask('tools/list', meta(client));
    }
    change(await policy('more', 'inspect', 'start'));
    await writer.answer((message) => message.method === method);
    await reader.ask('tools/list', meta(reader));
    expect(heardBy(reader)).toEqual([]);
  });

  test('a provider that says what it can do changes the list of those whom it concerns', async () => {
    const answer = Promise.withResolvers<Provider>();
    await using providers = new Providers(() => {});
    providers.add('main', { plugin: 'memory', connect: () => answer.promise });
    await using here = await servedHere({ kernel: { ...lab.kernel, lab: { ...lab.lab, providers } } }, place());
    await using client = await here.client(era);
    await subscribe(client);
    expect(JSON.stringify(await client.ask('tools/list', meta(client)))).toContain('cluster_start');
    answer.resolve(memoryProvider({ without: { power: 'Nothing can be started here.' } }));
    await client.answer((message) => message.method === method);
    expect(JSON.stringify(await client.ask('tools/list', meta(client)))).not.toContain('cluster_start');
  });
});

test('in 2026-07-28 who did not subscribe hears nothing', async () => {
  const { here, change } = await withPolicy(await policy('few', 'inspect'));
  await using _ = here;
  await using client = await here.client('2026-07-28');
  const listed = () => client.ask('tools/list', { _meta: Object(client.params('x', {}))._meta });
  await listed();
  change(await policy('more', 'inspect', 'start'));
  await listed();
  expect(heardBy(client)).toEqual([]);
});

test('both eras are told that lists may change', async () => {
  await using here = await servedHere(lab, place());
  await using legacy = await here.connect();
  legacy.send('{"hello":1,"via":"stdio"}\n');
  const clientInfo = { name: 'by hand', version: '1' };
  const initialized = await legacy.ask('initialize', { protocolVersion: '2025-11-25', clientInfo, capabilities: {} });
  expect(initialized?.result?.['capabilities']).toEqual({ tools: { listChanged: true } });
  await using modern = await here.client('2026-07-28');
  const { _meta } = Object(modern.params('x', {}));
  const discovered = await modern.ask('server/discover', { _meta });
  expect(discovered?.result?.['capabilities']).toMatchObject({ tools: { listChanged: true } });
});
