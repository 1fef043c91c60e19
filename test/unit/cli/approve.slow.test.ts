import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { me } from '../../support/lab.ts';
import { auditLines } from '../../support/mcp/audit-lines.ts';
import { clients, told, v2 } from '../../support/mcp/clients.ts';
import { eras, hello, speak } from '../../support/mcp/eras.ts';
import { connectRaw } from '../../support/mcp/raw.ts';
import { type Served, served } from '../../support/mcp/served.ts';
import { inMemory } from '../../support/processes.ts';
import { atTerminal } from '../../support/pty.ts';

const machines = ['cluster', 'vm'];
const policy = {
  version: 1,
  roles: {
    all: {
      allow: [{ actions: ['*'], on: [...machines, 'job'] }],
      confirm: [
        { level: 'human', actions: ['destroy', 'exec'], on: 'cluster' },
        { level: 'two-person', actions: ['cut'], on: 'cluster' },
        { level: 'none', actions: ['destroy', 'exec', 'cut'], on: 'vm' },
      ],
    },
  },
  bindings: [{ role: 'all', users: [me.user, 'ana', 'olga'] }],
};
const passphrase = 'correct horse battery';

let lab: Served;
const become = (name: string) =>
  atTerminal(
    lab,
    ['approver', 'add', name],
    [
      ['characters: ', passphrase],
      ['again: ', passphrase],
    ],
  );
const approve = (id: string, name: string, typed = 'red', secret = passphrase, more: readonly string[] = []) =>
  atTerminal(
    lab,
    ['approve', id, '--as', name, ...more],
    [
      [`as ${name}: `, typed],
      [`Passphrase of ${name}: `, secret],
    ],
  );
const red = { cluster_name: 'red' };
const idOf = (answered: Parameters<typeof told>[0]): string => String(told(answered).details.approval);

beforeAll(async () => {
  lab = await served({ policies: [policy] });
});
afterAll(() => lab[Symbol.asyncDispose]());

describe('who may approve', () => {
  test('nobody at first; then the first, and the second by the first’s signature', async () => {
    expect(await lab.run('approver', 'list')).toMatchObject({
      stdout: expect.stringContaining('This lab has no approver.'),
    });
    expect(await become('ana')).toMatchObject({
      code: 0,
      screen: expect.stringContaining('ana is the first approver'),
    });
    const second = await become('olga');
    const [, id = ''] = /labwarden approve ([0-9a-f]{8})/.exec(second.screen) ?? [];
    const [, fingerprint = '-'] = /(SHA256:\S+)/.exec(second.screen) ?? [];
    const signed = await approve(id, 'ana', 'olga');
    expect(signed).toMatchObject({ code: 0, screen: expect.stringContaining('approver add is approved, and done.') });
    // What she compares is on both screens.
    expect(signed.screen).toContain(fingerprint);
    const { stdout } = await lab.run('approver', 'list');
    expect(stdout).toMatch(/^ana .* the first, trusted unseen\nolga .* signed for by those before\n$/);
    expect(await lab.run('status')).toMatchObject({
      stdout: expect.stringContaining('approvers ana, olga; 0 calls wait'),
    });
  });

  test('a passphrase is typed at a terminal and nowhere else, and is on no screen and in no file', async () => {
    for (const args of [
      ['approver', 'add', 'eve'],
      ['approve', 'abcd', '--as', 'ana'],
    ])
      expect((await lab.run(...args)).code).toBe(1);
    expect(await lab.run('approver', 'add', 'eve')).toMatchObject({
      stderr: expect.stringContaining('There is no terminal here.'),
    });
    const { screen } = await become('eve');
    expect(screen).not.toContain(passphrase);
    const folders = [lab.dir, join(lab.dir, '../.config'), lab.place.dir];
    const files = await Promise.all(folders.map((one) => readdir(one, { recursive: true, withFileTypes: true })));
    const found = files.flat().filter((one) => one.isFile() && !one.parentPath.includes('node_modules'));
    expect(found.map(({ name }) => name)).toEqual(expect.arrayContaining(['ana.json', 'state.db', 'labwarden.yaml']));
    for (const { parentPath, name } of found)
      expect((await readFile(join(parentPath, name), 'latin1')).includes(passphrase), join(parentPath, name)).toBe(
        false,
      );
  });

  test.each([
    ['too short', [['characters: ', 'short']], 'It is too short.'],
    [
      'typed differently',
      [
        ['characters: ', passphrase],
        ['again: ', `${passphrase}!`],
      ],
      'two different ones',
    ],
    ['given up with Ctrl-C', [['characters: ', 'abc\x03']], 'Nothing was done.'],
  ] as const)('a passphrase that is %s makes no key', async (_, typing, says) => {
    const { code, screen } = await atTerminal(lab, ['approver', 'add', 'short'], typing);
    expect([code === 0, screen]).toEqual([false, expect.stringContaining(says)]);
    expect(await readdir(join(lab.dir, '..', '.config/labwarden/approver'))).not.toContain('short.json');
  });
});

describe.each(Object.entries(clients))('%s', (_, connect) => {
  test('hears which command a person runs, and goes on when it was run', async () => {
    await using client = await connect(lab);
    await client.call('cluster_define', { topology_name: 'red' });
    const asked = await client.call('cluster_destroy', red);
    const id = idOf(asked);
    expect(told(asked)).toMatchObject({
      ...{ code: 'CONFIRMATION_REQUIRED', advice: 'confirm', recoverable: true },
      sentence: expect.stringContaining(`they run "labwarden approve ${id.slice(0, 8)}"`),
    });
    expect(await lab.run('approvals')).toMatchObject({
      stdout: expect.stringContaining(`${id.slice(0, 8)}  0 of 1  ${me.user}`),
    });
    const wrong = await approve(id, 'ana', 'blue');
    expect(wrong).toMatchObject({ code: 1, screen: expect.stringContaining('Nothing was signed.') });
    expect(await approve(id, 'ana', 'red', 'another passphrase')).toMatchObject({
      ...{ code: 1, screen: expect.stringContaining('This is not the passphrase of "ana".') },
    });
    expect(idOf(await client.call('cluster_destroy', red))).toBe(id);
    const right = await approve(id.slice(0, 8), 'ana');
    expect(right).toMatchObject({ code: 0, screen: expect.stringContaining('cluster_destroy is approved') });
    for (const line of ['cluster_destroy {"cluster_name":"red"', 'Its disks are kept', 'until 20'])
      expect(right.screen).toContain(line);
    expect((await client.call('cluster_destroy', red)).structuredContent).toMatchObject({ network_active: false });
  });

  test('tells its person, who comes back when it is approved; what they say there counts for nothing', async () => {
    const shown: string[] = [];
    await using client = await connect(lab, (message) => {
      shown.push(message);
      return { type_the_name: 'red' };
    });
    await client.call('cluster_define', { topology_name: 'red' });
    const early = await client.call('cluster_destroy', red);
    expect(shown).toEqual([expect.stringContaining('Destroy cluster "red"')]);
    expect(shown[0]).toContain('labwarden approve');
    expect(told(early)).toMatchObject({ code: 'CONFIRMATION_REQUIRED' });
    expect(await lab.run('approvals')).toMatchObject({ stdout: expect.stringContaining('cluster_destroy') });
    await approve(idOf(early), 'olga');
    expect((await client.call('cluster_destroy', red)).structuredContent).toMatchObject({ network_active: false });
    expect(shown).toHaveLength(1);
  });

  test('hears a no, and its reason', async () => {
    await using client = await connect(lab);
    await client.call('cluster_define', { topology_name: 'red' });
    const id = idOf(await client.call('cluster_destroy', red));
    const typing = [
      ['as ana: ', 'red'],
      ['Passphrase of ana: ', passphrase],
    ] as const;
    expect(await atTerminal(lab, ['deny', id, 'It is in use.', '--as', 'ana'], typing)).toMatchObject({ code: 0 });
    expect(told(await client.call('cluster_destroy', red))).toMatchObject({
      ...{ code: 'DECLINED', advice: 'never' },
      sentence: expect.stringContaining('ana said no: It is in use.'),
    });
    // A new plan, for the others.
    await client.call('cluster_start', red);
    await approve(idOf(await client.call('cluster_destroy', red)), 'ana');
    await client.call('cluster_destroy', red);
  });
});

test('two people approve, one after the other', async () => {
  await using client = await v2(lab);
  await client.call('cluster_define', { topology_name: 'blue' });
  await client.call('cluster_start', { cluster_name: 'blue' });
  const cut = { cluster_name: 'blue', mode: 'destroy' };
  const id = idOf(await client.call('cluster_stop', cut));
  expect((await approve(id, 'ana', 'blue')).screen).toContain('1 of 2 has approved cluster_stop.');
  expect((await approve(id, 'olga', 'blue')).screen).toContain('ana said yes');
  expect((await client.call('cluster_stop', cut)).structuredContent).toMatchObject({ cluster_name: 'blue' });
});

test('one approves the next calls too, on this connection, until it is revoked', async () => {
  await using client = await v2(lab);
  await using other = await v2(lab);
  await client.call('cluster_define', { topology_name: 'blue' });
  await client.call('cluster_start', { cluster_name: 'blue' });
  const exec = (command: string) => ({ cluster_name: 'blue', node_name: 'a', command });
  const id = idOf(await client.call('node_exec', exec('echo 1')));
  const more = ['--grant', '5', '--minutes', '10'];
  const { screen } = await approve(id, 'ana', 'blue', passphrase, more);
  expect(screen).toContain('You also grant');
  const [, grant = ''] = /grant ([0-9a-f]{8})/.exec(screen) ?? [];
  for (const command of ['echo 1', 'echo 2', 'echo 3'])
    expect((await client.call('node_exec', exec(command))).structuredContent).toMatchObject({ exit_code: 0 });
  expect(told(await other.call('node_exec', exec('echo 4')))).toMatchObject({ code: 'CONFIRMATION_REQUIRED' });
  expect(await lab.run('grants')).toMatchObject({
    stdout: expect.stringContaining(`${grant}  ${me.user}: 3 of 5 calls of node_exec`),
  });
  expect(await lab.run('grant', 'revoke', grant)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Revoked: 3 calls'),
  });
  expect(told(await client.call('node_exec', exec('echo 5')))).toMatchObject({ code: 'CONFIRMATION_REQUIRED' });
});

test('an approval that waits outlives the lab server', async () => {
  const cluster_name = 'solo';
  let id = '';
  {
    await using client = await v2(lab);
    await client.call('cluster_define', { topology_name: 'solo' });
    id = idOf(await client.call('cluster_destroy', { cluster_name }));
  }
  await lab.run('stop', '--wait');
  // The command starts the next one.
  expect(await approve(id, 'ana', 'solo')).toMatchObject({ code: 0 });
  await using client = await v2(lab);
  expect((await client.call('cluster_destroy', { cluster_name })).structuredContent).toMatchObject({
    network_active: false,
  });
});

test.each(eras)('a seal that is forged is an alarm, in the log and in the status, %s', async (era) => {
  await using raw = await connectRaw(lab);
  raw.send(hello);
  const spoken = await speak(raw, era);
  const answer = await spoken.call('cluster_destroy', red, { requestState: 'v1.forged.seal', inputResponses: {} });
  expect(answer?.error).toMatchObject({ code: -32602 });
  const { stdout } = await lab.run('status');
  expect(stdout).toMatch(/^ALARMS \d+, the last at \S+: wrong seal, as /m);
});

test('the log alone shows who approved what', async () => {
  const lines = await auditLines(lab, 'cluster_destroy');
  const intent = lines.findLast(({ kind }) => kind === 'intent');
  const said = lines.find(
    ({ kind, data }) =>
      kind === 'confirmation' && Object(data?.['statement']).approval === intent?.data?.['confirmation'],
  );
  expect(intent?.data).toMatchObject({ approved_by: ['ana'] });
  expect(said?.data).toMatchObject({
    statement: { decision: 'approve', approver: 'ana' },
    signature: expect.any(String),
  });
});

test('the passphrase is on no screen, in no file, and never comes to the lab server', async () => {
  const { screen } = await become('zoe');
  expect(screen).toContain('Key of zoe, for user zoe: SHA256:');
  expect(screen).not.toContain(passphrase);
  const entries = await readdir(String(lab.env['HOME']), { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  // A link leads from there into labwarden's own sources, and so to this line.
  const files = paths.filter((path) => !path.includes('/node_modules/'));
  expect(files.map((file) => file.split('/').at(-1))).toEqual(
    expect.arrayContaining(['zoe.json', 'state.db', 'lab.log']),
  );
  const told = [passphrase, Buffer.from(passphrase).toString('base64')];
  for (const file of files) {
    const bytes = await readFile(file);
    expect([file, told.some((text) => bytes.includes(text))]).toEqual([file, false]);
  }
  // `undefined` where this account may not look into another process of its own.
  for (const pid of lab.servers()) expect(inMemory(pid, told) ?? []).toEqual([]);
});

test.each([
  [['approve'], 'ID is missing; use: labwarden approve ID'],
  [['approve', 'abcd', 'more'], '"more" is one word too many'],
  [['approve', 'abcd', '--grant', '21', '--minutes', '5'], '1 to 20 calls'],
  [['approve', 'abcd', '--grant', '5'], '1 to 20 calls'],
  [['approve', '../x'], 'an id as labwarden approvals shows it'],
  [['approver'], 'labwarden approver takes one of list, add, remove.'],
  [['approver', 'add'], 'NAME is missing'],
  [['approver', 'add', 'Ana'], 'is no name for an approver'],
  [['grant', 'keep', 'abcd'], 'labwarden grant takes'],
  [['grants', '--all'], 'use: labwarden grants [--config FILE] [--json]'],
])('labwarden %j', async (args, says) => {
  expect(await lab.run(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(says) });
});
