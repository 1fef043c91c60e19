import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { packageDir } from '../../../src/kernel/installed.ts';
import { type Place, placeOf } from '../../../src/transports/place.ts';
import { ownFolder } from '../folder.ts';
import { type LabFiles, type LabOptions, labFiles } from '../lab.ts';

export const program: string = join(packageDir, 'labwarden');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A lab that real programs serve: its files, its runtime folder, and what they are started with. */
export interface Served extends LabFiles, AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
  readonly place: Place;
  readonly state: string;
  /** Process ids of the lab servers that run from this lab's config, whether they answer or not. */
  servers(): readonly number[];
  /** Resolves when there is none. */
  gone(): Promise<void>;
  /** `labwarden` with these arguments and this lab's config, to its end. */
  run(...args: readonly string[]): Promise<Ended>;
}

/** Nothing runs yet: the first client starts the lab server. It is stopped when the lab goes. */
export async function served(options: LabOptions = {}): Promise<Served> {
  await using opened = new AsyncDisposableStack();
  const { path: home } = opened.use(await ownFolder());
  await mkdir(join(home, 'lab'));
  const files = await labFiles(join(home, 'lab'), options);
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, XDG_RUNTIME_DIR: home };
  const place = placeOf({ argvFile: files.config, env, cwd: files.dir, home });
  const run: Served['run'] = (...args) => labwarden({ env, cwd: files.dir }, ...args, '--config', files.config);
  opened.defer(async () => void (existsSync(place.socket) && (await run('stop', '--wait'))));
  const resources = opened.move();
  const state = join(files.dir, 'state');
  const servers = () => processes(['lab', '--config', files.config]);
  const gone = async () => {
    while (servers().length > 0) await pause(20);
  };
  return { ...files, env, place, state, servers, gone, run, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

/** Those whose command line ends so. */
function processes(end: readonly string[]): readonly number[] {
  const suffix = end.map((word) => `${word}\0`).join('');
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => commandLine(pid).endsWith(`\0${suffix}`)).map(Number);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // it has ended
  }
}

export async function labwarden(
  { env, cwd }: { readonly env: Readonly<Record<string, string>>; readonly cwd: string },
  ...args: readonly string[]
): Promise<Ended> {
  // In a session of its own, so that the terminal of whoever runs the tests is not its terminal.
  const child = spawn(program, [...args], { env, cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, stdout, stderr };
}
