import { join } from 'node:path';
import { LabError } from '../sdk/index.ts';
import type { Chained } from './chain.ts';
import type { AuditFile, AuditFs } from './files.ts';
import { inTime, NoAnswer } from './in-time.ts';
import { segmentName } from './segments.ts';

export interface Writer {
  /** Resolves with the number of the last of them once all are durable; rejects with AUDIT_UNAVAILABLE otherwise. */
  add(records: readonly Chained[]): Promise<number>;
  /** Written with the next batch, or lost with the log. */
  pass(records: readonly Chained[]): void;
  flush(): Promise<void>;
  /** Why nothing is written any more. */
  readonly poisoned: string | undefined;
  /** Whether the disk still holds a batch that it did not answer for. */
  readonly hanging: boolean;
  close(): Promise<void>;
}

interface Waiting {
  done(): void;
  failed(reason: LabError): void;
}

interface Item {
  readonly file: number;
  readonly line: string;
  readonly waiting: Waiting | undefined;
}

const patienceMs = 5_000;
const mostBatchBytes = 1024 * 1024;

/**
 * Group commit: what arrives while one batch is on its way to the disk makes the next one. The first failure ends it all,
 * because after a failed sync nobody knows what the disk has. `existing` is the newest file there is.
 */
export function writer(dir: string, fs: AuditFs, existing: number): Writer {
  const queue: Item[] = [];
  let out: { readonly file: number; readonly to: AuditFile } | undefined;
  let working = false;
  let poisoned: string | undefined;
  let hanging = false;

  function push(records: readonly Chained[], waiting?: Waiting): void {
    if (poisoned !== undefined) {
      waiting?.failed(unavailable(poisoned));
      return;
    }
    const last = records.length - 1;
    for (const [at, { file, line }] of records.entries())
      queue.push({ file, line, waiting: at === last ? waiting : undefined });
    if (working) return;
    working = true;
    // What is added before the queue of promises is empty goes into the same batch.
    process.nextTick(work);
  }

  async function work(): Promise<void> {
    const batch = take(queue);
    try {
      await inTime(patienceMs, write(batch));
    } catch (reason) {
      return poison(batch, reason);
    }
    for (const { waiting } of batch) waiting?.done();
    // Not at once: whoever waited for this batch may want to be in the next one.
    process.nextTick(next);
  }

  function next(): void {
    if (queue.length > 0) void work();
    else working = false;
  }

  async function write(batch: readonly Item[]): Promise<void> {
    const bytes = Buffer.from(batch.map(({ line }) => line).join(''));
    if (bytes.length === 0) return;
    const to = await fileOf(batch);
    // A full disk takes some of the bytes, and says so only when asked to take the rest.
    for (let from = 0; from < bytes.length; ) {
      const taken = await to.write(from === 0 ? bytes : bytes.subarray(from));
      if (taken <= 0) throw new Error('the disk takes nothing');
      if (poisoned !== undefined) return;
      from += taken;
    }
    await to.sync();
  }

  async function fileOf([first]: readonly Item[]): Promise<AuditFile> {
    const file = first?.file ?? existing;
    if (out?.file === file) return out.to;
    await out?.to.close();
    const path = join(dir, segmentName(file));
    out = { file, to: await (file > existing ? fs.create(path) : fs.open(path)) };
    return out.to;
  }

  function poison(batch: readonly Item[], reason: unknown): void {
    hanging = reason instanceof NoAnswer;
    poisoned = String(Object(reason).code ?? Object(reason).message);
    for (const { waiting } of [...batch, ...queue.splice(0)]) waiting?.failed(unavailable(poisoned, reason));
  }

  return {
    add: (records) =>
      new Promise((resolve, failed) => push(records, { done: () => resolve(records.at(-1)?.seq ?? 0), failed })),
    pass: (records) => push(records),
    flush: () => new Promise((done, failed) => push([nothing(queue.at(-1)?.file ?? existing)], { done, failed })),
    get poisoned() {
      return poisoned;
    },
    get hanging() {
      return hanging;
    },
    // All that was promised is durable by now, whatever closing says.
    close: async () => out?.to.close().catch(() => {}),
  };
}

/** A record of no bytes: who waits for it waits for all before it. */
const nothing = (file: number): Chained => ({ file, seq: 0, line: '' });

/** The first items that go to the same file. */
function take(queue: Item[]): Item[] {
  let bytes = 0;
  const next = queue.findIndex(({ file, line }) => {
    bytes += line.length;
    return file !== queue[0]?.file || bytes > mostBatchBytes;
  });
  return queue.splice(0, next < 0 ? queue.length : Math.max(next, 1));
}

const unavailable = (why: string, cause?: unknown) =>
  new LabError('AUDIT_UNAVAILABLE', `The audit log cannot be written (${why}). Mend that, then restart labwarden.`, {
    cause,
  });
