import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type FileHandle, open } from 'node:fs/promises';
import { constants } from 'node:os';
import { LabError } from '../sdk/index.ts';
import { environment } from './environment.ts';
import { isMissing } from './file-error.ts';
import { witness } from './identity.ts';
import { type ProcessRecord, removeRecord, writeRecord } from './process-record.ts';
import { tokenName } from './witness.ts';

export interface Ended {
  readonly exitCode?: number;
  readonly stderr: string;
}

/** Programs that this very process started, by record file: their exit codes come to us and to nobody else, whichever call asked. */
export const children = new Map<string, Promise<Ended>>();

/**
 * Starts a program that survives us. The record is on the disk before the program is, and its pid before the caller hears of it:
 * whenever we are killed, the next life finds the program by its token.
 */
export async function launch(file: string, words: readonly string[], detached: boolean): Promise<void> {
  const record: ProcessRecord = {
    token: randomBytes(16).toString('hex'),
    argvDigest: createHash('sha256').update(words.join('\0')).digest('hex'),
    bootId: witness.bootId(),
    detached,
  };
  await writeRecord(file, record);
  await using stderr = await open(stderrOf(file), 'w', 0o600);
  const child = started(words, record.token, stderr);
  const seen = sighted(record, child.pid);
  children.set(file, endOf(child, file));
  await spawned(child, words[0], file);
  await writeRecord(file, seen).catch(async (cause) => {
    child.kill('SIGKILL');
    throw new LabError('PROVIDER_FAILED', `"${words[0]}" was ended again: its record cannot be written.`, { cause });
  });
}

/** The last of what it said, for an error message. */
export async function tailOf(file: string): Promise<string> {
  try {
    await using stderr = await open(stderrOf(file), 'r');
    const { size } = await stderr.stat();
    const { buffer, bytesRead } = await stderr.read(
      Buffer.alloc(tailBytes),
      0,
      tailBytes,
      Math.max(0, size - tailBytes),
    );
    return buffer.toString('utf8', 0, bytesRead);
  } catch (reason) {
    if (isMissing(reason)) return '';
    throw reason;
  }
}

/** Nothing is known of it any more. */
export async function forget(file: string): Promise<void> {
  children.delete(file);
  await removeRecord(file);
  await removeRecord(stderrOf(file));
}

const tailBytes = 8 * 1024;

const stderrOf = (file: string) => `${file}.stderr`;

function started([program = '', ...args]: readonly string[], token: string, stderr: FileHandle): ChildProcess {
  const env = { ...environment(), [tokenName]: token };
  // `detached` gives it a session of its own: no signal that is meant for us reaches it.
  const child = spawn(program, args, { env, cwd: '/', detached: true, stdio: ['ignore', 'ignore', stderr.fd] });
  child.unref();
  return child;
}

/** Seen in the same breath as it was started: nobody has asked for its exit code yet, so its pid cannot be another's. */
function sighted(record: ProcessRecord, pid: number | undefined): ProcessRecord {
  const startTime = pid === undefined ? undefined : witness.startTime(pid);
  if (pid === undefined || startTime === undefined) return record;
  return { ...record, argvDigest: witness.argvDigest(pid) ?? record.argvDigest, running: { pid, startTime } };
}

const endOf = (child: ChildProcess, file: string): Promise<Ended> =>
  new Promise((resolve) => {
    child.on('error', () => {}); // `spawned` tells of the one that matters
    child.once('exit', async (code, signal) => {
      const stderr = await tailOf(file).catch(() => '');
      resolve({ exitCode: signal ? 128 + constants.signals[signal] : (code ?? 0), stderr });
    });
  });

async function spawned(child: ChildProcess, program: string | undefined, file: string): Promise<void> {
  try {
    await once(child, 'spawn');
  } catch (cause) {
    await forget(file);
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'it is not installed here, or not on PATH' : `the system says ${code}`;
    throw new LabError('PROVIDER_UNAVAILABLE', `"${program}" cannot be started: ${why}.`, { cause });
  }
}
