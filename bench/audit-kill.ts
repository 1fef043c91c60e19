import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAuditLog, verifyAudit } from '../src/audit/index.ts';
import { keptNotes, killedAfter } from '../test/support/audit/killed.ts';

/** Kills a process that appends from 64 sides, so many times, at other moments each time; then looks for what was promised. */
async function kills(runs: number): Promise<object> {
  const dir = mkdtempSync(join(tmpdir(), 'labwarden-kill-'));
  try {
    const promised = new Set<string>();
    for (let run = 0; run < runs; run += 1)
      for (const op of await killedAfter(1 + ((run * 97) % 2_000), dir, `run${run}`)) promised.add(op);
    const began = performance.now();
    await (await openAuditLog({ dir }))[Symbol.asyncDispose]();
    const startMs = performance.now() - began;
    const { exitCode, records, recoveries, files } = await verifyAudit(dir, {
      kept: keptNotes(dir),
      onRecord: ({ op = '' }) => promised.delete(op),
    });
    return {
      runs,
      records,
      files,
      recoveries,
      exitCode,
      'promised and lost': promised.size,
      startMs: Math.round(startMs),
    };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

console.table([await kills(Number(process.argv[2] ?? 500))]);
