import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Granted } from '../../../src/ports/index.ts';
import { procWitness } from '../../../src/ports/witness-proc.ts';
import { LabError } from '../../../src/sdk/index.ts';
import { inside, opened } from './opened.ts';

const effect = 'change' as const;
const asked: Granted = {
  process: {
    sleep: { argv: ['sleep', '{s}'], effect },
    say: { argv: ['sh', '-c', 'echo "$0" >&2; exit 7', '{text}'], effect },
    stubborn: { argv: ['sh', '-c', 'trap "" TERM; : > "$0"; while :; do sleep 1; done', '{ready}'], effect },
    none: { argv: ['no-such-program-here'], effect },
    node: { argv: ['@node', '--version'], effect },
  },
};
const minute = { s: '60' };

test('a program runs until it is stopped', async () => {
  await using door = await opened(asked);
  const { process } = door.ports;
  expect(await process.alive('vm/1')).toBe(false);
  await process.start('vm/1', 'sleep', minute);
  expect(await process.alive('vm/1')).toBe(true);
  const ended = process.ended('vm/1');
  await process.stop('vm/1', 5_000);
  expect(await process.alive('vm/1')).toBe(false);
  expect(await ended).toEqual({ exitCode: 143, stderr: '' });
  expect(readdirSync(inside(door, 'tried'))).toEqual([]);
});

test('its exit code and the end of what it said are kept', async () => {
  await using door = await opened(asked);
  await door.ports.process.start('say', 'say', { text: 'no such disk' });
  expect(await door.ports.process.ended('say')).toEqual({ exitCode: 7, stderr: 'no such disk\n' });
  expect(await door.ports.process.ended('never started')).toEqual({ stderr: '' });
});

test('a name is taken while its program runs, also while it is only starting', async () => {
  await using door = await opened(asked);
  const { process } = door.ports;
  const [first, second] = await Promise.allSettled([
    process.start('one', 'sleep', minute),
    process.start('one', 'sleep', minute),
  ]);
  expect([first.status, second.status]).toEqual(['fulfilled', 'rejected']);
  await expect(process.start('one', 'sleep', minute)).rejects.toMatchObject({ code: 'CONFLICT' });
  await process.stop('one', 5_000);
  await process.start('one', 'sleep', minute);
  await process.stop('one', 5_000);
});

test('a program that will not end when asked is ended after its grace', async () => {
  await using door = await opened(asked);
  const ready = inside(door, 'ready');
  await door.ports.process.start('stubborn', 'stubborn', { ready });
  await expect.poll(() => readdirSync(door.folder), { timeout: 5_000 }).toContain('ready');
  await door.ports.process.stop('stubborn', 100);
  expect(await door.ports.process.alive('stubborn')).toBe(false);
});

test('a program that is not there leaves nothing behind but a sentence', async () => {
  await using door = await opened(asked);
  const refusal = { code: 'PROVIDER_UNAVAILABLE', message: expect.stringContaining('"no-such-program-here"') };
  await expect(door.ports.process.start('none', 'none', {})).rejects.toMatchObject(refusal);
  expect(readdirSync(inside(door, 'tried'))).toEqual([]);
});

test('@node is the Node that runs labwarden', async () => {
  await using door = await opened(asked);
  await door.ports.process.start('node', 'node', {});
  expect(await door.ports.process.ended('node')).toEqual({ exitCode: 0, stderr: '' });
});

test('the end of the call ends its programs, but not the detached ones', async () => {
  await using door = await opened(asked);
  await using later = await opened(asked, { recordDir: door.folder });
  await door.ports.process.start('mine', 'sleep', minute);
  await door.ports.process.start('kept', 'sleep', minute, { detached: true });
  const reason = new LabError('CANCELLED', 'It is over.');
  door.stop(reason);
  await expect(door.ports.process.alive('kept')).rejects.toBe(reason);
  expect(await later.ports.process.ended('mine')).toEqual({ exitCode: 143, stderr: '' });
  expect(await later.ports.process.alive('kept')).toBe(true);
  await later.ports.process.stop('kept', 5_000);
});

/** A life of labwarden that ends by kill -9, in the middle of what it does. */
async function earlierLife(folder: string, script: string): Promise<void> {
  const main = join(import.meta.dirname, 'earlier-life.ts');
  const child = spawn(process.execPath, ['--conditions=labwarden-source', main, folder, script], { stdio: 'inherit' });
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
}

test.each([
  ['after the start was told', 'kill-after-start'],
  ['between the start and the record of its pid', 'kill-after-spawn'],
])('a program whose labwarden was killed %s is found again, proven, and stopped', async (_, script) => {
  await using door = await opened(asked);
  await earlierLife(door.folder, script);
  const record = () => JSON.parse(readFileSync(inside(door, 'tried', 'vm.json'), 'utf8'));
  expect('running' in record()).toBe(script === 'kill-after-start');
  expect(await door.ports.process.alive('vm')).toBe(true);
  const { running } = record();
  expect(readFileSync(`/proc/${running.pid}/cmdline`, 'latin1')).toBe('sleep\x0060\0');
  await expect(door.ports.process.start('vm', 'sleep', minute)).rejects.toMatchObject({ code: 'CONFLICT' });
  const ended = door.ports.process.ended('vm');
  await door.ports.process.stop('vm', 5_000);
  expect(await ended).toEqual({ stderr: '' });
});

test('a program that should have ended with a killed labwarden makes room for the next of its name', async () => {
  await using door = await opened(asked);
  await earlierLife(door.folder, 'kill-attached');
  const { running } = JSON.parse(readFileSync(inside(door, 'tried', 'vm.json'), 'utf8'));
  expect(procWitness.startTime(running.pid)).toBe(running.startTime);
  await door.ports.process.start('vm', 'sleep', minute);
  expect(procWitness.startTime(running.pid)).toBeUndefined();
  await door.ports.process.stop('vm', 5_000);
});

test('a damaged record is shown to a person, not guessed at', async () => {
  await using door = await opened(asked);
  await door.ports.process.start('vm', 'sleep', minute);
  const file = inside(door, 'tried', 'vm.json');
  const whole = readFileSync(file, 'utf8');
  writeFileSync(file, whole.slice(0, 40));
  await expect(door.ports.process.alive('vm')).rejects.toThrow(`${file} is damaged`);
  writeFileSync(file, whole);
  await door.ports.process.stop('vm', 5_000);
});
