import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRequestStateCodec, type ServerContext } from '@modelcontextprotocol/server';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { me } from '../support/lab.ts';
import { auditLines } from '../support/mcp/audit-lines.ts';
import { type Era, eras, hello, type Spoken, speak } from '../support/mcp/eras.ts';
import { connectRaw, type Message, type Raw, serveRaw } from '../support/mcp/raw.ts';
import { type Served, served } from '../support/mcp/served.ts';

let lab: Served;
let raw: Raw;
let modern: Spoken;

beforeAll(async () => {
  // Attacks here are many and are not made to wait; alarms.test.ts is about that.
  lab = await served({ more: { confirmation: { slowest_s: 0 } } });
});
afterAll(() => lab[Symbol.asyncDispose]());

beforeEach(async () => {
  await using relay = serveRaw(lab);
  await relay.ask('initialize', {});
  raw = await connectRaw(lab);
  raw.send(hello);
  modern = await speak(raw, '2026-07-28');
  for (const topology_name of ['red', 'blue']) await modern.call('cluster_define', { topology_name });
  return () => raw[Symbol.asyncDispose]();
});

/** How many times clusters were destroyed, by the log that is written before anything is. */
const effects = async () => (await auditLines(lab, 'cluster_destroy')).filter(({ kind }) => kind === 'intent').length;

/** Runs the attack and sees that nothing was destroyed by it. */
async function inVain(attack: () => Promise<void>): Promise<void> {
  const before = await effects();
  await attack();
  expect(await effects()).toBe(before);
  for (const cluster_name of ['red', 'blue'])
    expect((await modern.call('cluster_status', { cluster_name }))?.result).toMatchObject({
      structuredContent: { network_active: true },
    });
}

const yes = (type_the_name: unknown = 'red') => ({
  inputResponses: { confirm: { action: 'accept', content: { type_the_name } } },
});
const red = { cluster_name: 'red' };

/** The seal of the question that this call is asked. */
async function sealOf(tool: string, args: object): Promise<string> {
  const answer = await modern.call(tool, args);
  expect(answer?.result).toMatchObject({ resultType: 'input_required' });
  return String(answer?.result?.['requestState']);
}

const destroy = (args: object, requestState: unknown, answer: object = yes()) =>
  modern.call('cluster_destroy', args, { ...answer, requestState });
const asked = (answer: Message | undefined) => expect(answer?.result).toMatchObject({ resultType: 'input_required' });
const refused = (answer: Message | undefined, code: string) =>
  expect(answer?.result).toMatchObject({
    isError: true,
    content: [{ text: expect.stringContaining(`${code}: `) }, {}],
  });
const rejected = (answer: Message | undefined) =>
  expect(answer?.error).toMatchObject({ code: -32602, message: 'Invalid or expired requestState' });

/** A client that sends an answer nobody asked for, and says what it is asked then. */
async function forge(era: Era): Promise<unknown> {
  await using other = await connectRaw(lab);
  other.send(hello);
  const spoken = await speak(other, era);
  const params = spoken.params('cluster_destroy', red, yes());
  other.send({ jsonrpc: '2.0', id: 7, method: 'tools/call', params });
  if (era === '2026-07-28') return (await other.answer(7))?.result?.['inputRequests'];
  const question = await other.answer(({ method }) => method === 'elicitation/create');
  other.send({ jsonrpc: '2.0', id: question?.id, result: { action: 'decline' } });
  refused(await other.answer(7), 'DECLINED');
  return question?.params;
}

describe.each(eras)('an answer without a question, %s', (era) => {
  test('is no answer: the person is asked', async () => {
    await inVain(async () => {
      expect(JSON.stringify(await forge(era))).toContain('Type \\"red\\" to agree.');
    });
  });

  test('stands in the log as forged', async () => {
    await forge(era);
    const lines = await auditLines(lab, 'cluster_destroy');
    expect(lines.some(({ data }) => data?.['forged'] === true)).toBe(true);
  });

  test('is none either when its seal is not a string', async () => {
    await using other = await connectRaw(lab);
    other.send(hello);
    const spoken = await speak(other, era);
    await inVain(async () => {
      for (const requestState of [null, 1, {}, ['x'], true])
        rejected(await spoken.call('cluster_destroy', red, { ...yes(), requestState }));
    });
  });

  test.each([{}, { elicitation: { url: {} } }, { elicitation: null }, { elicitation: 'form' }])(
    'is none from a client that can %j',
    async (capabilities) => {
      await using other = await connectRaw(lab);
      other.send(hello);
      const { call } = await speak(other, era, capabilities);
      await inVain(async () => {
        for (const more of [{}, yes()])
          expect(JSON.stringify(await call('cluster_destroy', red, more))).not.toContain('network_active');
      });
    },
  );

  test.each([{}, { elicitation: { url: {} } }])('a client that can %j hears what to do', async (capabilities) => {
    await using other = await connectRaw(lab);
    other.send(hello);
    const { call } = await speak(other, era, capabilities);
    const answer = await call('cluster_destroy', red);
    refused(answer, 'CONFIRMATION_REQUIRED');
    expect(JSON.stringify(answer)).toContain('Use a client that supports MCP elicitation.');
  });
});

describe('a seal', () => {
  test('of which one character was changed is refused, wherever it stands', async () => {
    const seal = await sealOf('cluster_destroy', red);
    await inVain(async () => {
      // The last character holds bits that mean nothing.
      for (let at = 0; at < seal.length - 1; at += 1)
        rejected(await destroy(red, `${seal.slice(0, at)}${seal[at] === 'A' ? 'B' : 'A'}${seal.slice(at + 1)}`));
      for (const other of [
        '',
        'v1.',
        'v1..',
        seal.slice(0, -4),
        `${seal}x`,
        seal.replace('v1.', 'v2.'),
        'x'.repeat(100_000),
      ])
        rejected(await destroy(red, other));
    });
  });

  test('of one tool is none for another', async () => {
    await inVain(async () => {
      const seal = await sealOf('cluster_destroy', red);
      asked(await modern.call('cluster_stop', { ...red, mode: 'destroy' }, { ...yes(), requestState: seal }));
      const other = await sealOf('cluster_stop', { ...red, mode: 'destroy' });
      asked(await destroy(red, other));
    });
  });

  test('of some arguments is none for others', async () => {
    await inVain(async () => {
      const seal = await sealOf('cluster_destroy', red);
      asked(await destroy({ ...red, remove_overlays: true }, seal));
      asked(await destroy({ cluster_name: 'blue' }, seal, yes('blue')));
      asked(await destroy({ cluster_name: `${me.user}:red` }, seal));
    });
  });

  test('counts only with the very name, typed', async () => {
    await inVain(async () => {
      for (const typed of ['', 'RED', 'red ', ' red', 'blue', 'yes', 1, true, null, ['red'], { red: 'red' }])
        refused(await destroy(red, await sealOf('cluster_destroy', red), yes(typed)), 'DECLINED');
    });
  });

  test.each([
    ['no', { action: 'decline' }],
    ['nothing', { action: 'cancel' }],
    ['yes to an empty form', { action: 'accept' }],
    ['another name', { action: 'accept', content: { type_the_name: 'blue' } }],
  ])('to which the person said %s is used up', async (_, confirm) => {
    const seal = await sealOf('cluster_destroy', red);
    await inVain(async () => {
      refused(await destroy(red, seal, { inputResponses: { confirm } }), 'DECLINED');
      refused(await destroy(red, seal), 'CONFIRMATION_STALE');
    });
  });

  test('without an answer, or with one under another name, asks again', async () => {
    const seal = await sealOf('cluster_destroy', red);
    await inVain(async () => {
      asked(await destroy(red, seal, {}));
      asked(
        await destroy(red, seal, {
          inputResponses: { other: { action: 'accept', content: { type_the_name: 'red' } } },
        }),
      );
      asked(
        await destroy(red, seal, { inputResponses: { confirm: { role: 'user', content: { type_the_name: 'red' } } } }),
      );
    });
  });

  test('is used once', async () => {
    const seal = await sealOf('cluster_destroy', red);
    expect((await destroy(red, seal))?.result).toMatchObject({ structuredContent: { network_active: false } });
    await modern.call('cluster_define', { topology_name: 'red' });
    await inVain(async () => refused(await destroy(red, seal), 'CONFIRMATION_STALE'));
  });

  test('that several use at once has one effect', async () => {
    const seal = await sealOf('cluster_destroy', red);
    const before = await effects();
    await using second = await connectRaw(lab);
    second.send(hello);
    const other = await speak(second, '2026-07-28');
    const both = [modern, other, modern, other, modern, other];
    const answers = await Promise.all(
      both.map((spoken) => spoken.call('cluster_destroy', red, { ...yes(), requestState: seal })),
    );
    const done = answers.filter((answer) => answer?.result?.['structuredContent'] !== undefined);
    expect(done).toHaveLength(1);
    expect(await effects()).toBe(before + 1);
  });

  test('is still good after the lab server was started anew, once', async () => {
    const seal = await sealOf('cluster_destroy', red);
    expect(await lab.run('stop', '--wait')).toMatchObject({ code: 0 });
    await using relay = serveRaw(lab);
    const spoken = await speak(relay, '2026-07-28');
    const again = () => spoken.call('cluster_destroy', red, { ...yes(), requestState: seal });
    expect((await again())?.result).toMatchObject({ structuredContent: { network_active: false } });
    await spoken.call('cluster_define', { topology_name: 'red' });
    refused(await again(), 'CONFIRMATION_STALE');
  });
});

/** Seals as this lab would make them, by somebody who has read its key; or with a key of their own. */
async function forgery(claims: { user?: string; method?: string; ttlSeconds?: number; key?: Uint8Array }) {
  const { user = me.user, method = 'tools/call', ttlSeconds = 300 } = claims;
  const key = claims.key ?? (await readFile(join(lab.state, 'seal.key')));
  const codec = createRequestStateCodec<object>({ key, ttlSeconds, bind: () => `${method}\0${user}` });
  const sealed = await sealOf('cluster_destroy', red);
  const { p } = JSON.parse(Buffer.from(sealed.split('.')[1] ?? '', 'base64url').toString());
  // The codec hands the context to `bind` and looks at nothing else.
  const mint = (payload: object) => codec.mint(payload, {} as ServerContext);
  return { mint, payload: p as { readonly question: string; readonly plan: string } };
}

describe('a seal that is no question of ours', () => {
  test.each([
    ['of another user', { user: 'mallory' }],
    ['of another method', { method: 'prompts/get' }],
    ['that is too old', { ttlSeconds: -1 }],
    ['of another key', { key: new Uint8Array(32) }],
  ])('%s is refused', async (_, claims) => {
    const { mint, payload } = await forgery(claims);
    await inVain(async () => rejected(await destroy(red, await mint(payload))));
  });

  test('and names a question that nobody was asked, is asked anew', async () => {
    const { mint, payload } = await forgery({});
    await inVain(async () => {
      asked(await destroy(red, await mint({ ...payload, question: crypto.randomUUID() })));
      asked(await destroy(red, await mint({ ...payload, plan: '0'.repeat(64) })));
      asked(await destroy(red, await mint({ question: '__proto__', plan: '' })));
      asked(await destroy(red, await mint({})));
      asked(await destroy(red, await mint([])));
    });
  });
});
