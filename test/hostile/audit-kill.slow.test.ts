import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { openAuditLog, verifyAudit } from '../../src/audit/index.ts';
import { scratch } from '../support/audit/index.ts';
import { keptNotes, killedAfter } from '../support/audit/killed.ts';

const appender = new URL('../support/audit/appender.ts', import.meta.url).pathname;

// `node bench/audit-kill.ts 500` does it as often as one likes.
test('no record that was promised is lost when the process is killed', async () => {
  using log = scratch();
  const promised: string[] = [];
  for (let run = 0; run < 20; run += 1) promised.push(...(await killedAfter(1 + run * 97, log.dir, `run${run}`)));
  const kept = new Set<string>();
  // No kill may leave a log that is shorter than a checkpoint which was given away.
  const notes = keptNotes(log.dir);
  expect(notes.length).toBeGreaterThan(20);
  const report = await verifyAudit(log.dir, { kept: notes, onRecord: ({ op }) => void kept.add(op ?? '') });
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
