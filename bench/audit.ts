import { hash } from 'node:crypto';
import { closeSync, fdatasyncSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { hostFs } from '../src/audit/files.ts';
import { type AuditEntry, type AuditFs, openAuditLog, verifyAudit } from '../src/audit/index.ts';
import { byTurns, median, timed } from './support/rounds.ts';
import { print, type Row, row } from './support/table.ts';

const rounds = 12;
const burstMs = 250;

const entry: AuditEntry = {
  kind: 'effect',
  op: '01jd0000000000000000000000000000',
  who: { user: 'alice', groups: ['lab', 'qa'], agent: 'some-agent/2.1', via: 'stdio' },
  act: 'vm_start',
  subjects: [{ type: 'vm', id: '6f9619ff8b86d011b42d00c04fc964ff', name: 'ci/node-2', gen: 7 }],
  args: { vm_name: 'hmac:0123456789ab:00112233445566778899aabbccddeeff', wait: true },
  decision: { effect: 'allow', rule: 'lab.yaml#operators.2', policy: 'sha256:5feceb66ffc86f38d952786c6d696c79' },
};

/** The audit log against the bare disk, which must do the very same writes. */
export async function audit(parent: string = '/var/tmp'): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(parent, 'labwarden-bench-'));
  try {
    return [...(await pairs(folder, 1)), ...(await pairs(folder, 64)), await reading(folder)];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Bursts of ours and of the bare disk by turns, so that both meet the same weather. The bare disk gets a record of each writer at once. */
async function pairs(folder: string, writers: number): Promise<readonly Row[]> {
  const measured = [];
  await ours(folder, writers, burstMs);
  for (let round = 0; round < rounds; round += 1) {
    const burst = await ours(folder, writers, burstMs);
    const bare = bareDisk(folder, burst.recordBytes * writers, burstMs);
    measured.push({
      ...{ ours: burst.perSecond, bare: bare.perSecond * writers },
      ...{ 'our p50': burst.p50, 'bare p50': bare.p50 },
    });
  }
  const what = `audit, ${writers} ${writers === 1 ? 'writer' : 'writers'}`;
  return [
    row(measured, {
      what: `${what}: records`,
      floor: 'bare',
      ours: 'ours',
      target: writers === 1 ? '≥ 0.50×' : '≥ 0.40×',
      unit: '/s',
    }),
    row(measured, {
      what: `${what}: wait, p50`,
      floor: 'bare p50',
      ours: 'our p50',
      target: writers === 1 ? '≤ 2.00×' : 'none',
    }),
  ];
}

/** As many writers, each waiting for its record before it sends the next. */
async function ours(folder: string, writers: number, forMs: number) {
  const dir = mkdtempSync(join(folder, 'ours-'));
  const disk = counting();
  await using log = await openAuditLog({ dir, fs: disk });
  const { bytes } = disk;
  const waited: number[] = [];
  const start = performance.now();
  const write = async () => {
    for (let at = performance.now(); at - start < forMs; at = performance.now()) {
      await log.append(entry);
      waited.push(performance.now() - at);
    }
  };
  await Promise.all(Array.from({ length: writers }, write));
  const seconds = (performance.now() - start) / 1000;
  const recordBytes = Math.round((disk.bytes - bytes) / waited.length);
  return { perSecond: waited.length / seconds, recordBytes, p50: median(waited) };
}

/** Append, fdatasync, again: what any log must do, with nothing around it. */
function bareDisk(folder: string, bytes: number, forMs: number) {
  const path = join(folder, 'bare');
  const file = openSync(path, 'a', 0o600);
  const batch = Buffer.alloc(bytes, 'x');
  const waited: number[] = [];
  const start = performance.now();
  for (let at = start; at - start < forMs; ) {
    writeSync(file, batch);
    fdatasyncSync(file);
    const now = performance.now();
    waited.push(now - at);
    at = now;
  }
  closeSync(file);
  rmSync(path);
  return { perSecond: waited.length / ((performance.now() - start) / 1000), p50: median(waited) };
}

/** Checking a log, against reading each line's JSON and hashing it, with nothing compared. */
async function reading(folder: string): Promise<Row> {
  const dir = mkdtempSync(join(folder, 'read-'));
  await fill(dir, 100_000);
  const files = readdirSync(dir).filter((name) => name.endsWith('.jsonl'));
  const measured = await byTurns(3, {
    lines: () => timed(async () => void files.map((name) => eachLine(join(dir, name)))),
    verify: () => timed(() => verifyAudit(dir)),
  });
  return row(measured, {
    ...{ what: 'audit verify', floor: 'lines', ours: 'verify', target: '≥ 0.35×' },
    result: ({ lines, verify }) => lines / verify,
  });
}

function eachLine(path: string): void {
  for (const line of readFileSync(path, 'utf8').split('\n')) if (line) hash('sha256', JSON.stringify(JSON.parse(line)));
}

async function fill(dir: string, count: number): Promise<void> {
  const unsynced: AuditFs = {
    ...hostFs,
    create: async (path) => ({ ...(await hostFs.create(path)), sync: async () => {} }),
  };
  await using log = await openAuditLog({ dir, fs: unsynced });
  for (let at = 0; at < count; at += 1) {
    log.enqueue(entry);
    if (at % 1_000 === 0) await log.flush();
  }
}

function counting(): AuditFs & { bytes: number } {
  const count = {
    bytes: 0,
    open: hostFs.open,
    async create(path: string) {
      const file = await hostFs.create(path);
      return {
        ...file,
        write(bytes: Uint8Array) {
          count.bytes += bytes.length;
          return file.write(bytes);
        },
      };
    },
  };
  return count;
}

if (import.meta.main) print(await audit(process.argv[2]));
