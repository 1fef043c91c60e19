import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { packageDir } from '../../src/kernel/installed.ts';

export interface Demo {
  /** What it has printed, on either stream. */
  said(): string;
  /** Resolves when it has printed this, or ended. */
  says(text: string): Promise<void>;
  /** Ctrl-C, as a terminal sends it: to everybody in the foreground. */
  interrupt(): void;
  readonly ended: Promise<number | null>;
}

/** A script of `npm run` in a process group of its own, its temporary files beneath this folder. */
export function startDemo(tmp: string, script = 'scripts/demo/main.ts'): Demo {
  const child = spawn(
    join(packageDir, 'node_modules/.bin/node'),
    ['--conditions=labwarden-source', join(packageDir, script)],
    { detached: true, env: { ...process.env, TMPDIR: tmp }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const says = async (wanted: string) => {
    while (!text.includes(wanted) && child.exitCode === null) await pause(10);
  };
  const interrupt = () => void (child.exitCode === null && process.kill(-(child.pid ?? 0), 'SIGINT'));
  return { said: () => text, says, interrupt, ended };
}

/** Command lines that name this folder. */
export function processes(folder: string): readonly string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(commandLine).filter((line) => line.includes(folder));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return ''; // it has ended
  }
}

/** What still runs that was started there, and the folders that are left. */
export const left = (tmp: string): readonly string[] => [
  ...processes(tmp),
  ...readdirSync(tmp).filter((name) => name.startsWith('lw-')),
];
