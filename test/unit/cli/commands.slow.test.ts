import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { help } from '../../../src/cli/help.ts';
import { ownFolder } from '../../support/folder.ts';
import { v1 } from '../../support/mcp/clients.ts';
import { labwarden, type Served, served } from '../../support/mcp/served.ts';

const nowhere = { env: { PATH: process.env['PATH'] ?? '' }, cwd: '/' };

describe('help, and what is not understood', () => {
  test.each([[['help']], [['--help']], [['-h']], [[]], [['sttaus', '--help']]])(
    'labwarden %j prints the help',
    async (args) => {
      expect(await labwarden(nowhere, ...args)).toEqual({ code: 0, stdout: `${help}\n`, stderr: '' });
    },
  );

  test.each(['version', '--version'])('labwarden %s', async (command) => {
    expect(await labwarden(nowhere, command)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });

  test.each(['sttaus', 'constructor', '__proto__'])('labwarden %s', async (command) => {
    const { code, stdout, stderr } = await labwarden(nowhere, command);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`labwarden: there is no command "${command}"`);
    expect(stderr).toContain(help);
  });

  test.each([
    [['status', '--verbose'], '"--verbose"'],
    [['status', '--config'], '"--config"'],
    [['stop', '--wait', 'now'], '"now"'],
    [['audit'], 'verify, tail, query', 4],
    [['audit', 'erase'], '"erase"', 4],
  ])('labwarden %j', async (args, named, expected = 2) => {
    const { code, stderr } = await labwarden(nowhere, ...args);
    expect(code).toBe(expected);
    expect(stderr).toMatch(/^labwarden: INVALID_INPUT: .*\n$/);
    expect(stderr).toContain(named);
  });
});

test.each(['status', 'stop'])('%s names the socket that was to be asked, and where nobody answers', async (command) => {
  const env = { ...nowhere.env, LABWARDEN_SOCKET: '/nonexistent/bob.sock' };
  expect(await labwarden({ env, cwd: '/' }, command)).toMatchObject({
    ...{ code: 1, stdout: '' },
    stderr: expect.stringContaining('No lab server answers on /nonexistent/bob.sock'),
  });
});

test('status says what runs, and stop ends it', async () => {
  await using lab = await served();
  expect(await lab.run('status')).toEqual({
    ...{ code: 1, stderr: '' },
    stdout: `No lab server runs for ${lab.config}; the next client starts one.\n`,
  });
  expect(await lab.run('stop')).toEqual({ code: 0, stderr: '', stdout: `No lab server runs for ${lab.config}.\n` });
  await using client = await v1(lab);
  await client.call('cluster_list');
  const [pid] = lab.servers();
  const { code, stdout } = await lab.run('status');
  expect(code).toBe(0);
  expect(stdout).toMatch(new RegExp(`^labwarden \\d+\\.\\d+\\.\\d+, process ${pid}: 1 client, 0 jobs, \\d+ tools\n`));
  expect(stdout).toMatch(/^provider main \(memory\): ready$/m);
  expect(stdout).toMatch(/^audit ok$/m);
  expect(stdout).toMatch(/^state ok$/m);
  expect(await lab.run('stop', '--wait')).toMatchObject({
    code: 0,
    stdout: `The lab server (process ${pid}) has ended. Running VMs go on.\n`,
  });
  expect(lab.servers()).toEqual([]);
});

test('policy reload and accept speak with the lab that runs, and status says what waits', async () => {
  const rules = (...actions: readonly string[]) => ({
    version: 1,
    roles: { all: { allow: [{ actions, on: 'cluster', where: { owner: '$me' } }] } },
    bindings: [{ role: 'all', users: ['*'] }],
  });
  await using lab = await served({ policies: [rules('inspect')] });
  expect(await lab.run('policy', 'reload')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('No lab server runs'),
  });
  await using client = await v1(lab);
  await client.call('cluster_list');
  const policyFile = join(lab.dir, 'policy-0.yaml');
  await writeFile(policyFile, JSON.stringify(rules('inspect', 'destroy')));
  const { code, stdout } = await lab.run('policy', 'reload');
  const [, kept, waits] = /^policy ([0-9a-f]{64})$[\s\S]*labwarden policy accept ([0-9a-f]{64})$/m.exec(stdout) ?? [];
  expect([code, stdout]).toEqual([
    0,
    [
      ...[`policy ${kept}`, 'policy files: WAITING, they give more:'],
      '  everybody may "destroy" a cluster where { owner: $me }, which was denied',
      ...[`  to take them: labwarden policy accept ${waits}`, ''],
    ].join('\n'),
  ]);
  expect((await lab.run('status')).stdout).toContain(stdout);
  expect(await lab.run('policy', 'accept', kept ?? '')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('NOT_FOUND'),
  });
  for (const hash of ['all', '', `${waits}0`])
    expect(await lab.run('policy', 'accept', hash)).toMatchObject({ code: 2 });
  expect(await lab.run('policy', 'accept', waits ?? '')).toEqual({ code: 0, stderr: '', stdout: `policy ${waits}\n` });
  await writeFile(policyFile, 'version: 2');
  const broken = await lab.run('policy', 'reload');
  expect(broken.code).toBe(1);
  expect(broken.stdout).toMatch(/^policy files: NOT IN FORCE, .*policy-0\.yaml:1:10: found 2, expected 1/m);
});

describe('audit verify', () => {
  /** A log of two runs, each with a few calls. */
  async function logOfTwoRuns(lab: Served): Promise<string> {
    for (const topology_name of ['red', 'blue', 'solo']) {
      await using client = await v1(lab);
      await client.call('cluster_define', { topology_name });
      await lab.run('stop', '--wait');
    }
    return join(lab.state, 'audit');
  }

  test('0 whole, 1 tampered, 2 torn, 3 a gap, 4 not checked', async () => {
    await using lab = await served();
    await using copies = await ownFolder();
    const log = await logOfTwoRuns(lab);
    const [first = '', second = '', last = ''] = (await readdir(log)).filter((name) => name.endsWith('.jsonl')).sort();
    const verify = async (name: string, change: (dir: string) => Promise<void>) => {
      const dir = join(copies.path, name);
      await cp(log, dir, { recursive: true });
      await change(dir);
      return await labwarden(nowhere, 'audit', 'verify', '--dir', dir);
    };
    const edit = async (path: string, change: (text: string) => string) =>
      await writeFile(path, change(await readFile(path, 'utf8')));

    expect(await lab.run('audit', 'verify')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^whole: \d+ records/),
    });
    expect(await verify('copy', async () => {})).toMatchObject({ code: 0 });
    const tampered = await verify('tampered', (dir) =>
      edit(join(dir, first), (text) => text.replace('cluster_define', 'cluster_status')),
    );
    expect(tampered).toMatchObject({ code: 1, stdout: expect.stringContaining(`${first}:`) });
    expect(await verify('torn', (dir) => edit(join(dir, last), (text) => text.slice(0, -20)))).toMatchObject({
      code: 2,
      stdout: expect.stringMatching(
        new RegExp(`\n${last}:\\d+: ends in a torn line of \\d+ bytes; start labwarden once: it mends this\\.\n$`),
      ),
    });
    expect(await verify('gap', (dir) => rm(join(dir, second)))).toMatchObject({ code: 3 });
    expect(await verify('gone', (dir) => rm(dir, { recursive: true }))).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('labwarden: NOT_FOUND: There is no audit log in'),
    });
  });

  test('--json is one object for programs', async () => {
    await using lab = await served();
    const dir = await logOfTwoRuns(lab);
    const { code, stdout } = await lab.run('audit', 'verify', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ dir, ok: true, exitCode: 0, files: 3, problems: [] });
  });

  test.each([[['--dir']], [['--everything']], [['extra']]])('%j is no verdict', async (args) => {
    expect(await labwarden(nowhere, 'audit', 'verify', ...args)).toMatchObject({
      code: 4,
      stderr: expect.stringContaining(
        'use: labwarden audit verify [--from NOTE]… [--pub KEY]… [--fast] [--strict] [--config FILE] [--dir DIR] [--json]',
      ),
    });
  });
});
