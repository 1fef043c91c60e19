import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Kept, readNotes } from '../../../src/audit/index.ts';

const appender = new URL('./appender.ts', import.meta.url).pathname;

/** Appends from 64 sides in a process of its own, until it has promised so many records; then kills it. Answers every promise it made. */
export async function killedAfter(promises: number, dir: string, run: string): Promise<readonly string[]> {
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
  if (signal !== 'SIGKILL') throw new Error(`The process ended by itself (${signal}).`);
  return promised;
}

/** Every checkpoint that left the log's writer. */
export const keptNotes = (dir: string): readonly Kept[] =>
  readdirSync(join(dir, 'checkpoints'))
    .filter((name) => name.endsWith('.note'))
    .flatMap((name) => {
      const text = readFileSync(join(dir, 'checkpoints', name), 'utf8');
      return readNotes(text).map((note) => ({ name, note }));
    });
