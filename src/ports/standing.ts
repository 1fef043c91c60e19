import { setTimeout as sleep } from 'node:timers/promises';
import { LabError } from '../sdk/index.ts';
import { codeOf } from './beneath.ts';
import { orphan, proven, witness } from './identity.ts';
import { type Identity, type ProcessRecord, readRecord, writeRecord } from './process-record.ts';

/** The program of this record file, proven to run. One that a crash left without a pid is adopted. */
export async function standing(file: string): Promise<(ProcessRecord & { readonly running: Identity }) | undefined> {
  const record = await readRecord(file);
  if (!record) return undefined;
  const running = record.running ? proven(record) : orphan(record);
  if (!running) return undefined;
  const adopted = { ...record, running, argvDigest: witness.argvDigest(running.pid) ?? record.argvDigest };
  if (!record.running) await writeRecord(file, adopted);
  return adopted;
}

/** Asks it to end, and ends it after `graceMs`. Resolves when it has ended; throws TIMEOUT when even the system cannot end it. */
export async function stopped(file: string, graceMs: number, signal?: AbortSignal): Promise<void> {
  if (!(await signalled(file, 'SIGTERM')) || (await gone(file, graceMs, signal))) return;
  if (!(await signalled(file, 'SIGKILL')) || (await gone(file, hopelessMs, signal))) return;
  throw new LabError('TIMEOUT', 'The program does not end, not even when killed: it waits for a device or a disk.');
}

const hopelessMs = 30_000;
const lookMs = 20;

/** Resolves when it has ended. */
export async function left(file: string, signal: AbortSignal): Promise<void> {
  while (await standing(file)) await sleep(10 * lookMs, undefined, { signal });
}

async function gone(file: string, withinMs: number, signal?: AbortSignal): Promise<boolean> {
  for (const deadline = performance.now() + withinMs; ; ) {
    if (!(await standing(file))) return true;
    if (performance.now() >= deadline) return false;
    await sleep(lookMs, undefined, signal && { signal });
  }
}

/** Only after its identity was proved, in the same breath. False when it does not run. */
async function signalled(file: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<boolean> {
  const record = await standing(file);
  const running = record && proven(record);
  if (!running) return false;
  try {
    // It leads its group: what it started must not outlive its own kill.
    return process.kill(signal === 'SIGKILL' ? -running.pid : running.pid, signal);
  } catch (cause) {
    if (codeOf(cause) === 'ESRCH') return false;
    throw new LabError('PROVIDER_FAILED', `The system does not let labwarden end process ${running.pid}.`, { cause });
  }
}
