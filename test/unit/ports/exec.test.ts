import { existsSync, readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { LabError } from '../../../src/sdk/index.ts';
import { inside, opened } from './opened.ts';

const sh = (script: string, more = {}) => ({ argv: ['sh', '-c', script], effect: 'read' as const, ...more });

test('an exit code is an answer, with what was printed', async () => {
  await using door = await opened({ exec: { try: sh('echo out; echo err >&2; exit 3') } });
  expect(await door.ports.exec.run('try', {})).toEqual({ exitCode: 3, stdout: 'out\n', stderr: 'err\n' });
});

test('a program that a signal ended answers as a shell would', async () => {
  await using door = await opened({ exec: { try: sh('kill -TERM $$') } });
  expect(await door.ports.exec.run('try', {})).toMatchObject({ exitCode: 143 });
});

test('values arrive as they are, without a shell between', async () => {
  const argv = ['printf', '%s|', '--', '{a}', { each: 'rest', argv: ['{}'] }];
  await using door = await opened({ exec: { print: { argv, effect: 'read' } } });
  const { stdout } = await door.ports.exec.run('print', { a: '$(id) `id`', rest: ['; rm -rf *', '\n'] });
  expect(stdout).toBe('--|$(id) `id`|; rm -rf *|\n|');
});

test('a program gets PATH, HOME and LANG of our environment, and nothing else', async () => {
  process.env['LABWARDEN_TEST_SECRET'] = 'canary';
  await using door = await opened({ exec: { env: { argv: ['env'], effect: 'read' } } });
  const { stdout } = await door.ports.exec.run('env', {});
  delete process.env['LABWARDEN_TEST_SECRET'];
  const names = stdout.match(/^\w+(?==)/gm) ?? [];
  expect(names).toContain('PATH');
  expect(names.filter((name) => !['PATH', 'HOME', 'LANG'].includes(name))).toEqual([]);
});

test('a program that outlives its limit is dead, and what it started too, when TIMEOUT is thrown', async () => {
  const script = 'echo $$ > "$0"; sleep 60 & echo $! >> "$0"; wait';
  const argv = ['sh', '-c', script, '{file}'];
  await using door = await opened({ exec: { slow: { argv, effect: 'read', timeoutMs: 500 } } });
  const file = inside(door, 'pids');
  await expect(door.ports.exec.run('slow', { file })).rejects.toMatchObject({ code: 'TIMEOUT' });
  const pids = readFileSync(file, 'utf8').trim().split('\n');
  expect(pids).toHaveLength(2);
  await vi.waitFor(() => expect(pids.filter(runs)).toEqual([]), { timeout: 5_000, interval: 5 });
});

test('a program that prints without end is ended at 1 MiB', async () => {
  await using door = await opened({ exec: { yes: { argv: ['yes'], effect: 'read' } } });
  await expect(door.ports.exec.run('yes', {})).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
});

test('a program that is not there says so, by its name', async () => {
  await using door = await opened({ exec: { none: { argv: ['no-such-program-here'], effect: 'read' } } });
  const refusal = { code: 'PROVIDER_UNAVAILABLE', message: expect.stringContaining('"no-such-program-here"') };
  await expect(door.ports.exec.run('none', {})).rejects.toMatchObject(refusal);
});

test('the end of the call kills what runs, and is what the caller hears', async () => {
  const argv = ['sh', '-c', 'echo $$ > "$0"; exec sleep 60', '{file}'];
  await using door = await opened({ exec: { slow: { argv, effect: 'read' } } });
  const file = inside(door, 'pid');
  const answer = door.ports.exec.run('slow', { file }).catch((reason) => reason);
  const pid = await vi.waitFor(() => readFileSync(file, 'utf8').match(/\d+/)?.[0] ?? expect.fail('not yet'), 5_000);
  const reason = new LabError('CANCELLED', 'The user has had enough.');
  door.stop(reason);
  expect(await answer).toBe(reason);
  expect(runs(pid)).toBe(false);
  await expect(door.ports.exec.run('slow', { file })).rejects.toBe(reason);
});

/** Not one that only waits to be collected. */
const runs = (pid: string): boolean => existsSync(`/proc/${pid}/exe`);
