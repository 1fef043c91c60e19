import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { openAuditLog, verifyAudit } from '../../src/audit/index.ts';
import { scratch } from '../support/audit/index.ts';

const appender = new URL('../support/audit/appender.ts', import.meta.url).pathname;

/** Runs until it has promised this many records, then dies at once. Answers every promise it made. */
async function killedAfter(promises: number, dir: string, run: string): Promise<readonly string[]> {
  const child = spawn(process.execPath, ['--conditions=labwarden-source', appender, dir, run], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit');
  const promised: string[] = [];
  for await (const op of createInterface({ input: child.stdout })) {
    promised.push(op);
    if (promised.length === promises) child.kill('SIGKILL');
  }
  const [, signal] = await gone;
  expect(signal).toBe('SIGKILL');
  return promised;
}

test('no record that was promised is lost when the process is killed', async () => {
  using log = scratch();
  const promised: string[] = [];
  for (let run = 0; run < 20; run += 1) promised.push(...(await killedAfter(1 + run * 97, log.dir, `run${run}`)));
  const kept = new Set<string>();
  const report = await verifyAudit(log.dir, { onRecord: ({ op }) => void kept.add(op ?? '') });
  expect(promised.filter((op) => !kept.has(op))).toEqual([]);
  expect(promised.length).toBeGreaterThan(20 * 900);
  expect(report).toMatchObject({ problems: [], recoveries: 19, files: 20, closed: false });
  // The last run was killed as well, and nobody has recovered what it may have left.
  expect([0, 2]).toContain(report.exitCode);
});

test('while one process writes, no other can', async () => {
  using log = scratch();
  const child = spawn(process.execPath, ['--conditions=labwarden-source', appender, log.dir, 'only'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit');
  try {
    await once(child.stdout, 'data');
    await expect(openAuditLog({ dir: log.dir })).rejects.toMatchObject({ code: 'CONFLICT' });
  } finally {
    child.kill('SIGKILL');
    await gone;
  }
  const next = await openAuditLog({ dir: log.dir });
  await next[Symbol.asyncDispose]();
});
