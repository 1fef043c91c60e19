import { hash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { hostFs } from '../src/audit/files.ts';
import { type AuditFs, openAuditLog, verifierOf, verifyAudit, verifyFast } from '../src/audit/index.ts';
import { publicKeyIn } from '../src/audit/signing.ts';
import { entry } from './audit.ts';
import { byTurns, timed } from './support/rounds.ts';
import { print, type Row, row } from './support/table.ts';

const records = 200_000;

/** Checking a log, against one hash of each line's bytes with nothing around it. */
export async function auditVerify(parent: string = '/var/tmp'): Promise<readonly Row[]> {
  const dir = mkdtempSync(join(parent, 'labwarden-bench-'));
  try {
    await fill(dir);
    const lines = linesOf(dir);
    const keys = [verifierOf(await publicKeyIn(dir))];
    const measured = await byTurns(5, {
      hashes: () => timed(async () => lines.forEach((line) => void hash('sha256', line))),
      fast: () => timed(() => verifyFast(dir)),
      checkpoints: () => timed(() => verifyFast(dir, { keys })),
      strict: () => timed(() => verifyAudit(dir, { keys })),
    });
    const perSecond = (name: 'fast' | 'checkpoints' | 'strict') => ({
      ...({ what: `audit verify, ${name}`, floor: 'hashes', ours: name } as const),
      result: (times: Readonly<Record<typeof name, number>>) => (records / times[name]) * 1_000,
      shown: (result: number) => `${Math.round(result)} records/s`,
    });
    return [
      row(measured, {
        ...{ what: 'audit verify, fast', floor: 'hashes', ours: 'fast', target: '≥ 0.35×' },
        result: ({ hashes, fast }) => hashes / fast,
      }),
      row(measured, { ...perSecond('fast'), target: '≥ 150,000' }),
      row(measured, { ...perSecond('checkpoints'), what: 'audit verify, fast with checkpoints', target: '≥ 60,000' }),
      row(measured, { ...perSecond('strict'), target: '≥ 60,000' }),
    ];
  } finally {
    rmSync(dir, { recursive: true });
  }
}

async function fill(dir: string): Promise<void> {
  const unsynced: AuditFs = {
    ...hostFs,
    create: async (path) => ({ ...(await hostFs.create(path)), sync: async () => {} }),
  };
  await using log = await openAuditLog({ dir, fs: unsynced });
  for (let at = 0; at < records; at += 1) {
    log.enqueue(entry);
    if (at % 1_000 === 0) await log.flush();
  }
}

function linesOf(dir: string): readonly Buffer[] {
  const lines: Buffer[] = [];
  for (const name of readdirSync(dir).filter((one) => one.endsWith('.jsonl'))) {
    const bytes = readFileSync(join(dir, name));
    for (let from = 0, at = bytes.indexOf(10); at >= 0; from = at + 1, at = bytes.indexOf(10, from))
      lines.push(bytes.subarray(from, at));
  }
  return lines;
}

if (import.meta.main) print(await auditVerify(process.argv[2]));
