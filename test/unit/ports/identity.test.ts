import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { orphan, proven } from '../../../src/ports/identity.ts';
import type { ProcessRecord } from '../../../src/ports/process-record.ts';
import type { Witness } from '../../../src/ports/witness.ts';
import { procWitness } from '../../../src/ports/witness-proc.ts';
import { psWitness } from '../../../src/ports/witness-ps.ts';

const token = 'a1'.repeat(16);
const env = { PATH: process.env['PATH'], LABWARDEN_TOKEN: token };
const child = spawn('sh', ['-c', 'sleep 60 & wait'], { env, detached: true, stdio: 'ignore' });
const pid = Number(child.pid);

// The system shows a new program's words and environment a moment after it has started it.
beforeAll(() =>
  vi.waitFor(() => expect([procWitness.token(pid), procWitness.argvDigest(pid)]).toEqual([token, expect.any(String)])),
);

afterAll(async () => {
  process.kill(-pid, 'SIGKILL');
  await once(child, 'exit');
});

describe.each([
  ['/proc', procWitness],
  ['ps', psWitness(() => 'this boot')],
])('as %s shows it', (_, witness: Witness) => {
  const record = (): ProcessRecord => ({
    ...{ token, bootId: witness.bootId(), detached: true, argvDigest: witness.argvDigest(pid) ?? '' },
    running: { pid, startTime: witness.startTime(pid) ?? '' },
  });

  test('a program is proven by boot, start and token', () => {
    expect(proven(record(), witness)).toEqual(record().running);
  });

  test('another boot, another start or another token is another program', () => {
    expect(proven({ ...record(), bootId: 'before' }, witness)).toBeUndefined();
    expect(proven({ ...record(), running: { pid, startTime: '1' } }, witness)).toBeUndefined();
    expect(proven({ ...record(), token: 'b2'.repeat(16) }, witness)).toBeUndefined();
    expect(proven({ ...record(), running: { pid: 4_194_304, startTime: '1' } }, witness)).toBeUndefined();
  });

  test('an environment that is hidden leaves the words to prove it', () => {
    const hidden: Witness = { ...witness, token: () => undefined };
    expect(proven(record(), hidden)).toEqual(record().running);
    expect(proven({ ...record(), argvDigest: 'c3'.repeat(32) }, hidden)).toBeUndefined();
  });

  test('an orphan is found by its token, and what it started in turn is not taken for it', () => {
    const { running, ...lost } = record();
    expect(orphan(lost, witness)).toEqual(running);
    expect(orphan({ ...lost, token: 'b2'.repeat(16) }, witness)).toBeUndefined();
    expect(orphan({ ...lost, bootId: 'before' }, witness)).toBeUndefined();
  });
});

test('a name with brackets and spaces in it does not move the fields of its stat', async () => {
  const odd = spawn('sh', ['-c', 'printf ") S 1 2 3" > /proc/self/comm; exec sleep 0'], { stdio: 'ignore' });
  expect(procWitness.startTime(Number(odd.pid))).toMatch(/^\d+$/);
  await once(odd, 'exit');
});
