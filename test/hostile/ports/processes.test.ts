import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Granted } from '../../../src/ports/index.ts';
import { procWitness } from '../../../src/ports/witness-proc.ts';
import { inside, opened } from '../../unit/ports/opened.ts';

/** No program anywhere has it: those of other tests are found by theirs. */
const tried = 'd4'.repeat(16);

describe('a program that is not ours never gets a signal', () => {
  const asked: Granted = { process: { sleep: { argv: ['sleep', '60'], effect: 'change' } } };
  const bystanders: ChildProcess[] = [];

  afterEach(async () => {
    for (const child of bystanders.splice(0)) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });

  test.each([
    ['no token in its environment', {}],
    ['another token in its environment', { LABWARDEN_TOKEN: 'b2'.repeat(16) }],
  ])('not even when a forged record has its pid, its start, this boot and its words: %s', async (_, env) => {
    await using door = await opened(asked);
    const child = spawn('sleep', ['60'], {
      stdio: 'ignore',
      detached: true,
      env: { PATH: process.env['PATH'], ...env },
    });
    bystanders.push(child);
    const pid = Number(child.pid);
    await vi.waitFor(() => expect(procWitness.argvDigest(pid)).toBeDefined());
    const [startTime, argvDigest] = [procWitness.startTime(pid), procWitness.argvDigest(pid)];
    const record = { token: tried, bootId: procWitness.bootId(), detached: true, argvDigest };
    mkdirSync(inside(door, 'tried'));
    for (const forged of [record, { ...record, running: { pid, startTime } }]) {
      writeFileSync(inside(door, 'tried', 'vm.json'), JSON.stringify(forged));
      expect(await door.ports.process.alive('vm')).toBe(false);
      await door.ports.process.stop('vm', 0);
      expect(procWitness.startTime(pid)).toBe(startTime);
    }
  });

  test('a record that names init, a group or everybody is damaged', async () => {
    await using door = await opened(asked);
    mkdirSync(inside(door, 'tried'));
    const record = {
      token: tried,
      bootId: procWitness.bootId(),
      detached: true,
      argvDigest: 'c3'.repeat(32),
    };
    for (const pid of [1, 0, -1, -process.pid, 2.5, '7']) {
      const forged = { ...record, running: { pid, startTime: '1' } };
      writeFileSync(inside(door, 'tried', 'vm.json'), JSON.stringify(forged));
      await expect(door.ports.process.stop('vm', 0)).rejects.toThrow('is damaged');
    }
  });

  test("a name cannot reach another plugin's records", async () => {
    await using door = await opened(asked);
    await using other = await opened(asked, { plugin: 'other', recordDir: door.folder });
    await other.ports.process.start('vm', 'sleep', {});
    for (const name of ['../other/vm', '..', '.', '/etc', 'vm']) {
      expect(await door.ports.process.alive(name)).toBe(false);
      await door.ports.process.stop(name, 0);
    }
    expect(await other.ports.process.alive('vm')).toBe(true);
    await other.ports.process.stop('vm', 1_000);
    expect(existsSync('/etc')).toBe(true);
  });
});
