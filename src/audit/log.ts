import { LabError } from '../sdk/index.ts';
import { type Chain, chain } from './chain.ts';
import type { AuditEntry } from './entry.ts';
import { type AuditFs, hostFs, privateFolder } from './files.ts';
import { findOutcome } from './find-outcome.ts';
import type { Fate, Intents } from './intents.ts';
import { type Lock, lockFolder } from './lock.ts';
import { readPast } from './past.ts';
import { type Writer, writer } from './writer.ts';

export interface AuditLog extends AsyncDisposable {
  /** Resolves with the record's number once it would survive a loss of power. Rejects with AUDIT_UNAVAILABLE otherwise. */
  append(entry: AuditEntry): Promise<number>;
  /** Takes its place in the chain now and is written with the next batch. Lost, without a word, when the log cannot be written. */
  enqueue(entry: AuditEntry): void;
  /** Resolves once everything until now is durable. Rejects with AUDIT_UNAVAILABLE otherwise. */
  flush(): Promise<void>;
  /** What the log knows of a call. Searches the files, at about 1 GB a second, unless the call is open or ended lately. */
  fate(op: string): Fate;
  /** Calls that had an intent and no outcome when the log was opened. */
  readonly openIntents: readonly string[];
  readonly health: 'ok' | { readonly poisoned: string };
}

export interface AuditOptions {
  readonly dir: string;
  readonly now?: () => Date;
  /** Goes into the first record of every file; at most 8 KiB as JSON. */
  readonly boot?: object;
  readonly fs?: AuditFs;
  /** A file that has reached it is followed by a new one; 64 MiB without it. */
  readonly segmentBytes?: number;
}

/**
 * Opens the log for this process alone, and begins a new file. What a crash left behind is told in a `recovery` record first.
 * Throws CONFLICT when another process has it, AUDIT_UNAVAILABLE when it was changed or cannot be written.
 */
export async function openAuditLog(options: AuditOptions): Promise<AuditLog> {
  const { dir, boot = {} } = options;
  if (JSON.stringify(boot).length > 8_192)
    throw new LabError('INTERNAL', 'More than 8 KiB about a start of labwarden.');
  try {
    await privateFolder(dir);
    return await begin(options, lockFolder(dir));
  } catch (cause) {
    if (cause instanceof LabError) throw cause;
    const why = Object(cause).code ?? Object(cause).message;
    throw new LabError('AUDIT_UNAVAILABLE', `The audit log in "${dir}" cannot be opened (${why}).`, { cause });
  }
}

async function begin(options: AuditOptions, lock: Lock): Promise<AuditLog> {
  const { dir, now = () => new Date(), boot = {}, fs = hostFs, segmentBytes = 64 * 1024 * 1024 } = options;
  const past = await readPast(dir).catch((reason) => {
    lock.release();
    throw reason;
  });
  const openIntents = [...past.intents.open];
  const records = chain(past, { now, boot, segmentBytes });
  const disk = writer(dir, fs, past.file);
  try {
    await disk.add([...(past.recover ? [records.recover(past.recover)] : []), records.turn()]);
  } catch (reason) {
    await end(disk, lock);
    throw reason;
  }
  return open({ dir, openIntents, intents: past.intents, records, disk, lock });
}

interface Parts {
  readonly dir: string;
  readonly openIntents: readonly string[];
  readonly intents: Intents;
  readonly records: Chain;
  readonly disk: Writer;
  readonly lock: Lock;
}

function open({ dir, openIntents, intents, records, disk, lock }: Parts): AuditLog {
  let closed = false;
  return {
    // No async function: with 64 who append, its promises cost as much as the hash.
    append(entry) {
      if (closed) return Promise.reject(stopping());
      try {
        return disk.add(records.add(entry));
      } catch (reason) {
        return Promise.reject(reason);
      }
    },
    enqueue(entry) {
      if (!closed) disk.pass(records.add(entry));
    },
    flush: () => disk.flush(),
    fate: (op) => fate(dir, intents, op),
    openIntents,
    get health() {
      return disk.poisoned === undefined ? 'ok' : { poisoned: disk.poisoned };
    },
    async [Symbol.asyncDispose]() {
      if (closed) return;
      closed = true;
      // When it cannot be written, the next start says so.
      await disk.add(records.close()).catch(() => {});
      await end(disk, lock);
    },
  };
}

function fate(dir: string, intents: Intents, op: string): Fate {
  if (intents.open.has(op)) return 'open';
  const code = intents.ended(op) ?? findOutcome(dir, op);
  return code === undefined ? 'absent' : { code };
}

const stopping = () => new LabError('AUDIT_UNAVAILABLE', 'The audit log is closed, because labwarden is stopping.');

async function end(disk: Writer, lock: Lock): Promise<void> {
  // The disk may yet take what it was given: then the lock stays until this process ends.
  if (disk.hanging) return;
  await disk.close();
  lock.release();
}
