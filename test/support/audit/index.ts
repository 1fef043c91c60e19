import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Follower } from '../../../src/audit/follow.ts';
import { type AuditFile, type AuditFs, openAuditLog } from '../../../src/audit/index.ts';
import { lineCutter } from '../../../src/audit/lines.ts';
import { type Verifying, type VerifyOptions, verifier } from '../../../src/audit/verify.ts';

/** A folder that is gone at the end of the block. */
export function scratch(): { readonly dir: string } & Disposable {
  const dir = mkdtempSync(join(tmpdir(), 'labwarden-audit-'));
  return { dir, [Symbol.dispose]: () => rmSync(dir, { recursive: true }) };
}

export type Files = readonly (readonly [name: string, bytes: Buffer])[];

/** The log's files, oldest first. */
export const filesOf = (dir: string): Files =>
  readdirSync(dir)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .map((name) => [name, readFileSync(join(dir, name))]);

/** Makes these the only files of the log. */
export function restore(dir: string, files: Files): void {
  for (const [name] of filesOf(dir)) rmSync(join(dir, name));
  for (const [name, bytes] of files) writeFileSync(join(dir, name), bytes, { mode: 0o600 });
}

/** As verifyAudit, without the disk. */
export function examine(files: Files, { chain, report }: Verifying = verifier()) {
  feed(chain, files);
  return report();
}

/** Turns every bit of these files, one at a time, and names those that the verifier has nothing to say about. */
export function unseenBits(files: Files, verifying: Verifier): readonly string[] {
  const unseen: string[] = [];
  for (const [name, bytes] of files)
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const at = bit >> 3;
      const before = bytes[at] ?? 0;
      bytes[at] = before ^ (1 << (bit & 7));
      if (intact(files, verifying)) unseen.push(`${name} bit ${bit}`);
      bytes[at] = before;
    }
  return unseen;
}

type Verifier = (options?: VerifyOptions) => Verifying;

/** Whether the verifier would find nothing; stops at the first thing it finds. */
function intact(files: Files, verifying: Verifier): boolean {
  const found = new Error('A problem.');
  const onProblem = () => {
    throw found;
  };
  const { chain, report } = verifying({ onProblem });
  try {
    feed(chain, files);
    return report().ok;
  } catch (reason) {
    if (reason === found) return false;
    throw reason;
  }
}

function feed(chain: Follower, files: Files): void {
  for (const [name, bytes] of files) {
    chain.file(name);
    const cutter = lineCutter();
    chain.lines(cutter.lines(bytes));
    chain.lines(cutter.rest());
  }
}

/** Three runs of a log: one that was cut in the middle of a line, one that recovered it, one that begins as it should. */
export async function sample(dir: string, entries: number): Promise<Files> {
  {
    await using log = await openAuditLog({ dir, fs: unsynced });
    for (let nth = 0; nth < entries; nth += 1) log.enqueue({ kind: 'effect', op: `op-${nth}` });
  }
  const [[name, bytes] = ['', Buffer.of()]] = filesOf(dir);
  restore(dir, [[name, bytes.subarray(0, bytes.length - 100)]]);
  for (const nth of [entries, entries + 1]) {
    await using log = await openAuditLog({ dir, fs: unsynced });
    await log.append({ kind: 'effect', op: `op-${nth}` });
  }
  return filesOf(dir);
}

/** Opens the log and closes it again, as a start that nobody calls. */
export async function restart(dir: string): Promise<void> {
  await (await openAuditLog({ dir, fs: unsynced }))[Symbol.asyncDispose]();
}

/** The real files without their syncs: for tests of what is written, many at a time. */
export const unsynced: AuditFs = { create: (path) => appending(path, 'ax'), open: (path) => appending(path, 'a') };

/** With bare descriptors: one that hangs in a test is never closed. */
async function appending(path: string, flags: string): Promise<AuditFile> {
  const fd = openSync(path, flags, 0o600);
  return {
    write: async (bytes) => writeSync(fd, bytes),
    sync: async () => {},
    close: async () => closeSync(fd),
  };
}

export interface Fault {
  /** The write, from 1 on, that takes only half of its bytes; the next finds the disk full. */
  readonly shortWrite?: number;
  readonly failedWrite?: number;
  /** The write that gets no answer. Its bytes may be taken all the same. */
  readonly hungWrite?: number;
  /** The sync, from 1 on, that fails. Later ones do not, as on Linux. */
  readonly failedSync?: number;
  readonly hungSync?: number;
}

/** A disk with one fault, counting what it is asked to do. */
export function faulty(fault: Fault = {}) {
  const count = { writes: 0, syncs: 0 };
  const told = { durable: '', struck: false };
  let written = '';
  const strikes = (at: number | undefined, now: number): boolean => {
    if (at === now) told.struck = true;
    return at === now;
  };
  const never = new Promise<never>(() => {});
  const wrap = (file: AuditFile): AuditFile => ({
    ...file,
    async write(bytes) {
      count.writes += 1;
      if (fault.shortWrite !== undefined && count.writes === fault.shortWrite + 1) throw ioError('ENOSPC');
      if (strikes(fault.failedWrite, count.writes)) throw ioError('EIO');
      const part = strikes(fault.shortWrite, count.writes) ? bytes.subarray(0, Math.ceil(bytes.length / 2)) : bytes;
      const taken = await file.write(part);
      written += Buffer.from(part).toString();
      return strikes(fault.hungWrite, count.writes) ? never : taken;
    },
    async sync() {
      count.syncs += 1;
      const before = written;
      if (strikes(fault.failedSync, count.syncs)) throw ioError('EIO');
      if (strikes(fault.hungSync, count.syncs)) return never;
      told.durable = before;
    },
  });
  const fs: AuditFs = {
    create: async (path) => wrap(await unsynced.create(path)),
    open: async (path) => wrap(await unsynced.open(path)),
  };
  return { fs, count, told };
}

const ioError = (code: string) => Object.assign(new Error(`${code}: made for this test`), { code });
