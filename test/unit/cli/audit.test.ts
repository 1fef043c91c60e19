import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { auditKeys, hmac, openAuditLog } from '../../../src/audit/index.ts';
import { audit } from '../../../src/cli/audit.ts';
import type { Principal } from '../../../src/sdk/index.ts';
import { ownFolder } from '../../support/folder.ts';

/** The exit code of `labwarden audit`, and all that it says. */
async function said(...args: readonly string[]): Promise<{ code: number; text: string }> {
  let text = '';
  const write = (piece: string | Uint8Array) => {
    text += String(piece);
    return true;
  };
  const spies = [process.stdout, process.stderr].map((to) => vi.spyOn(to, 'write').mockImplementation(write));
  try {
    return { code: await audit(args), text };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

const alice: Principal = { user: 'alice', groups: ['lab'], via: 'stdio', agent: 'some-agent/2 \u001b[2J' };
const red = [{ type: 'cluster', id: 'c1', name: 'red', gen: 3 }];

/** A log of two people, with a refusal, a change that was asked about, and one that nobody saw the end of. */
async function log(dir: string): Promise<void> {
  const times = Array.from({ length: 40 }, (_, minute) => new Date(Date.UTC(2026, 10, 20, 8, minute)));
  await using opened = await openAuditLog({ dir, now: () => times.shift() ?? new Date(0) });
  const decision = { effect: 'allow', rule: 'lab.yaml:4 own', policy: 'sha256:5fec' };
  const start = { op: 'call-1', who: alice, act: 'cluster_start' };
  await opened.append({
    kind: 'intent',
    ...start,
    subjects: red,
    args: { wait: true },
    decision,
    data: { effect: 'change' },
  });
  opened.enqueue({ kind: 'effect', op: 'call-1', data: { port: 'exec', verb: 'run', what: 'qemu-img info' } });
  await opened.append({ kind: 'outcome', ...start, data: { code: 'ok', ms: 420 } });
  opened.enqueue({
    kind: 'decision',
    op: 'call-2',
    who: { ...alice, user: 'bob' },
    act: 'cluster_stop',
    data: { code: 'FORBIDDEN' },
  });
  const end = { who: alice, act: 'cluster_destroy' };
  opened.enqueue({
    kind: 'confirmation',
    op: 'call-3',
    ...end,
    data: { code: 'CONFIRMATION_REQUIRED', question: 'q-1' },
  });
  await opened.append({
    kind: 'intent',
    op: 'call-4',
    ...end,
    subjects: [{ ...red[0], type: 'vm', name: 'red/a' }] as typeof red,
    data: { effect: 'destroy', confirmation: 'q-1' },
  });
}

async function logged() {
  const folder = await ownFolder();
  await log(folder.path);
  return { dir: folder.path, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

test('a torn log is told with its place, its size and what mends it; and a start does mend it', async () => {
  await using folder = await ownFolder();
  const { path: dir } = folder;
  await (await openAuditLog({ dir }))[Symbol.asyncDispose]();
  await appendFile(join(dir, '000000000001.jsonl'), '{"v":1,"seq":99');
  const { code, text } = await said('verify', '--dir', dir);
  expect(code).toBe(2);
  expect(text).toContain(
    '\n000000000001.jsonl:3: ends in a torn line of 15 bytes; start labwarden once: it mends this.\n',
  );
  await (await openAuditLog({ dir }))[Symbol.asyncDispose]();
  expect(await said('verify', '--dir', dir)).toMatchObject({ code: 0, text: expect.stringMatching(/^whole: /) });
});

test('a log is verified against a key and a note that were kept, in both modes', async () => {
  await using folder = await logged();
  const { dir } = folder;
  const key = (await said('key', '--dir', dir)).text.trim();
  const [note = ''] = await readdir(join(dir, 'checkpoints'));
  const args = ['verify', '--dir', dir, '--pub', key, '--from', join(dir, 'checkpoints', note)];
  expect(await said(...args)).toMatchObject({
    code: 0,
    text: expect.stringContaining(`signed by the given keys, the latest: ${key}`),
  });
  expect(JSON.parse((await said(...args, '--fast', '--json')).text)).toMatchObject({ ok: true, checkpoints: 1, key });
  const file = join(dir, '000000000001.jsonl');
  const lines = (await readFile(file, 'utf8')).split(/(?<=\n)/);
  await writeFile(file, lines.slice(0, 4).join(''));
  expect((await said('verify', '--dir', dir)).code).toBe(0);
  expect(await said(...args)).toMatchObject({
    code: 3,
    text: expect.stringContaining('covers 7 records; here are 4: the rest was cut off.'),
  });
});

test.each([
  [[]],
  [['erase']],
  [['verify', '--everything']],
  [['verify', '--fast', '--strict']],
  [['verify', '--pub', 'nobody']],
  [['query', '--since', 'yesterday']],
  [['query', '--kind', 'rumour']],
  [['tail', '-n', 'many']],
  [['show']],
  [['verify-proof', '/dev/null']],
])('audit %j is no verdict', async (args) => {
  const { code, text } = await said(...args);
  expect(code).toBe(4);
  expect(text).toMatch(/^labwarden: INVALID_INPUT: /);
});

test.each([
  [['--user', 'bob'], ['call-2']],
  [
    ['--tool', 'cluster_start'],
    ['call-1', 'call-1'],
  ],
  [
    ['--subject', 'red'],
    ['call-1', 'call-4'],
  ],
  [['--subject', 'c1', '--kind', 'intent', '--user', 'alice', '--tool', 'cluster_destroy'], ['call-4']],
  [['--code', 'FORBIDDEN'], ['call-2']],
  [
    ['--call', 'call-1'],
    ['call-1', 'call-1', 'call-1'],
  ],
  [['--kind', 'confirmation'], ['call-3']],
  [
    ['--since', '2026-11-20T08:03', '--until', '2026-11-20T08:05:00Z'],
    ['call-1', 'call-2'],
  ],
  [['--since', '2026-11-21'], []],
])('query %j finds the records of %j', async (args, calls) => {
  await using folder = await logged();
  const { code, text } = await said('query', '--dir', folder.dir, '--json', ...args);
  expect(code).toBe(0);
  expect(
    text
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line).op),
  ).toEqual(calls);
});

test('a table has one record in a row, and nothing in it that a terminal obeys', async () => {
  await using folder = await logged();
  const { text } = await said('tail', '-n', '6', '--dir', folder.dir);
  const rows = text.trimEnd().split('\n');
  expect(rows).toHaveLength(7);
  expect(rows[0]).toMatch(/^time \(UTC\) +kind +user +tool +how +call +on$/);
  expect(rows.at(-2)).toMatch(/^2026-11-20 08:06:00\.000 +intent +alice +cluster_destroy +destroy +call-4 +vm red\/a$/);
  expect((await said('show', 'call-1', '--dir', folder.dir)).text).not.toContain('\u001b');
});

test('show tells of one call what a person asks: who, what, by which rule, and what came of it', async () => {
  await using folder = await logged();
  const { text } = await said('show', 'call-1', '--dir', folder.dir);
  expect(text.split('\n')).toEqual([
    'call        call-1: cluster_start',
    'asked       2026-11-20 08:01:00.000Z by alice (lab) through stdio which called itself some-agent/2 \\u{1b}[2J',
    'on          cluster red (c1, generation 3)',
    'with        {"wait":true}',
    'decided     allow, by lab.yaml:4 own; policy sha256:5fec',
    'intent      08:01:00.000 change (record 1)',
    'effect      08:02:00.000 exec run, qemu-img info (record 2)',
    'outcome     08:03:00.000 ok, after 420 ms (record 3)',
    '',
  ]);
  const open = await said('show', 'call-4', '--dir', folder.dir);
  expect(open.text).toContain('asked back  08:05:00.000 confirmation CONFIRMATION_REQUIRED, in call call-3\n');
  expect(open.text).toContain('outcome     not yet');
  expect(await said('show', 'call-9', '--dir', folder.dir)).toMatchObject({
    code: 4,
    text: expect.stringContaining('NOT_FOUND'),
  });
});

test('a proof holds without the log, and for nobody else’s key', async () => {
  await using folder = await logged();
  await using other = await logged();
  const key = (await said('key', '--dir', folder.dir)).text.trim();
  const file = join(folder.dir, 'proof.json');
  const { text } = await said('prove', 'call-1', '--dir', folder.dir);
  await writeFile(file, text);
  const proved = await said('verify-proof', file, '--pub', key);
  expect(proved).toMatchObject({
    code: 0,
    text: expect.stringContaining('proved: these stand among the first 7 records'),
  });
  expect(proved.text.match(/call-1/g)).toHaveLength(3);
  const stranger = (await said('key', '--dir', other.dir)).text.trim();
  expect(await said('verify-proof', file, '--pub', stranger)).toMatchObject({ code: 1 });
  for (const [from, to] of [
    ['alice', 'carol'],
    ['"path":["', '"path":["00'],
    ['\\n7\\n', '\\n8\\n'],
    ['{', ''],
  ] as const) {
    await writeFile(file, text.replace(from, to));
    expect(await said('verify-proof', file, '--pub', key), from).toMatchObject({
      code: 1,
      text: expect.stringContaining('This proves nothing'),
    });
  }
  expect(JSON.parse((await said('prove', '0', '--dir', folder.dir)).text).records).toHaveLength(1);
  expect(await said('prove', '7', '--dir', folder.dir)).toMatchObject({
    code: 4,
    text: expect.stringContaining('No checkpoint covers that yet'),
  });
  expect(await said('prove', 'call-9', '--dir', folder.dir)).toMatchObject({
    code: 4,
    text: expect.stringContaining('NOT_FOUND'),
  });
});

test('a hidden string can be looked for by who knows it', async () => {
  await using folder = await ownFolder();
  expect(await said('hash', 'secret', '--dir', folder.path)).toMatchObject({ code: 4 });
  const key = await auditKeys(folder.path);
  expect(await said('hash', 'secret', '--dir', folder.path)).toEqual({ code: 0, text: `${hmac('secret', key)}\n` });
});
