import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { speak } from '../../support/mcp/eras.ts';
import { serveRaw } from '../../support/mcp/raw.ts';
import { type Served, served } from '../../support/mcp/served.ts';

/** What `labwarden serve` answers to its first request, says on stderr, and exits with. */
async function firstAnswer(lab: Served) {
  await using relay = serveRaw(lab);
  const exit = new Promise((resolve) => relay.child.once('close', resolve));
  const answer = await relay.ask('initialize', {});
  return { error: answer?.error, code: await exit, stderr: relay.stderr() };
}

describe('a config that cannot be read is the answer to whatever the client asks first', () => {
  test.each([
    ['a key that is not known', 'toplogy_dir: x\n', 'labwarden.yaml:1:1'],
    ['a value of another type', 'limits:\n  idle_exit_s: soon\n', 'labwarden.yaml:2:3'],
    ['broken YAML', 'limits: [\n', 'labwarden.yaml:'],
  ])('%s', async (_, text, place) => {
    await using lab = await served();
    await writeFile(lab.config, text);
    const { error, code, stderr } = await firstAnswer(lab);
    expect(error).toMatchObject({ code: -32000, message: expect.stringContaining(place) });
    expect(stderr).toContain(place);
    expect(code).toBe(1);
    await lab.gone();
  });

  test('one that is not there', async () => {
    await using lab = await served();
    const { error } = await firstAnswer({ ...lab, config: join(lab.dir, 'gone.yaml') });
    expect(error?.message).toContain('gone.yaml');
  });
});

test('a client that leaves without asking ends the relay', async () => {
  await using lab = await served();
  await writeFile(lab.config, 'toplogy_dir: x\n');
  const relay = serveRaw(lab);
  relay.child.stdin?.end();
  expect(await new Promise((resolve) => relay.child.once('close', resolve))).toBe(1);
  expect(relay.stderr()).toContain('labwarden.yaml:1:1');
});

test('a client that hangs up ends its relay with 0', async () => {
  await using lab = await served();
  const relay = serveRaw(lab);
  await relay.ask('initialize', {});
  relay.child.stdin?.end();
  expect(await new Promise((resolve) => relay.child.once('close', resolve))).toBe(0);
  expect(relay.stderr()).toBe('');
});

test('a client that stops listening ends its relay, without a stack trace', async () => {
  await using lab = await served();
  const relay = serveRaw(lab);
  await relay.ask('initialize', {});
  const exit = new Promise((resolve) => relay.child.once('close', resolve));
  relay.child.stdout?.destroy();
  relay.send({ jsonrpc: '2.0', id: 1, method: 'ping' });
  expect(await exit).toBe(1);
  expect(relay.stderr()).toBe('');
});

test('a folder that others can enter is refused, and whoever listens there hears nothing', async () => {
  await using lab = await served();
  const dir = dirname(lab.place.socket);
  await mkdir(dir);
  await chmod(dir, 0o777);
  let calls = 0;
  const trap = createServer((socket) => {
    calls += 1;
    socket.end();
  });
  await new Promise<void>((resolve) => trap.listen(lab.place.socket, resolve));
  try {
    const { error, code } = await firstAnswer(lab);
    expect(error?.message).toContain(`${dir} must be a folder of yours that nobody else can enter (mode 0700)`);
    expect(code).toBe(1);
    for (const command of ['status', 'stop'])
      expect(await lab.run(command)).toMatchObject({ code: 1, stderr: expect.stringContaining('CONFIG_INVALID') });
    expect(await lab.run('lab')).toMatchObject({ code: 1, stderr: expect.stringContaining('CONFIG_INVALID') });
    expect(calls).toBe(0);
  } finally {
    await new Promise((resolve) => trap.close(resolve));
  }
  expect(existsSync(lab.place.log)).toBe(false);
});

describe('a client may take less than it might', () => {
  test('of the tools, by toolset and to look only', async () => {
    await using lab = await served();
    await using relay = serveRaw(lab, '--toolsets', 'clusters', '--read-only');
    const client = await speak(relay, '2025-11-25');
    const listed = await relay.ask('tools/list', {});
    const names = Object(listed?.result).tools.map(({ name }: { readonly name: string }) => name);
    expect(names).toEqual(['cluster_list', 'cluster_status', 'job_list', 'job_get']);
    const refused = await client.call('cluster_define', { topology_name: 'red' });
    expect(JSON.stringify(refused)).toContain('NOT_FOUND: There is no tool \\"cluster_define\\".');
    await using other = serveRaw(lab);
    const whole = await speak(other, '2025-11-25');
    expect((await whole.call('cluster_define', { topology_name: 'red' }))?.result).toMatchObject({
      structuredContent: { cluster_name: 'red' },
    });
  });

  test('and hears at once which toolset there is not, and which was meant', async () => {
    await using lab = await served();
    await using relay = serveRaw(lab, '--toolsets', 'clutsers');
    const exit = new Promise((resolve) => relay.child.once('close', resolve));
    const answer = await relay.ask('initialize', {});
    const sentence = '--toolsets: there is no toolset "clutsers"; did you mean "clusters"?';
    expect(answer?.error?.message).toContain(sentence);
    expect(await exit).toBe(1);
    expect(relay.stderr()).toContain(sentence);
  });

  test('LABWARDEN_READ_ONLY is the config key of that name: it holds for everybody', async () => {
    await using lab = await served();
    await using relay = serveRaw({ ...lab, env: { ...lab.env, LABWARDEN_READ_ONLY: 'true' } });
    await speak(relay, '2025-11-25');
    const listed = JSON.stringify(await relay.ask('tools/list', {}));
    expect(listed).toContain('cluster_list');
    expect(listed).not.toContain('cluster_define');
    relay.child.stdin?.end();
    await relay.ended;
    for (const pid of lab.servers()) process.kill(pid, 'SIGTERM');
    await lab.gone();
  });
});
