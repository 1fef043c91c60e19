import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { program, type Served } from './mcp/served.ts';

/** A lab server as a program of its own, to be killed. */
export interface LabProcess extends AsyncDisposable {
  /** SIGKILL, and the end of it. */
  kill(): Promise<void>;
}

/** Resolves when it says that it is ready. */
export async function labProcess({ config, env, dir }: Served): Promise<LabProcess> {
  const child = spawn(program, ['lab', '--config', config], {
    ...{ env, cwd: dir },
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  });
  const ended = once(child, 'exit');
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  const said = await text(child.stdio[3] as NodeJS.ReadableStream);
  if (said === 'ready\n') return { kill, [Symbol.asyncDispose]: kill };
  await kill();
  throw new Error(`The lab server did not start: ${said}`);
}

/** Resolves once the fault at this verb has struck, wherever the lab server runs. */
export async function struck({ state }: Served, verb: string): Promise<void> {
  const database = new DatabaseSync(join(state, 'state.db'), { readOnly: true });
  try {
    const mark = database.prepare(
      "SELECT 1 FROM cabinet WHERE plugin = 'provider-main' AND key LIKE 'struck/' || ? || '/%'",
    );
    while (mark.get(verb) === undefined) await pause(5);
  } finally {
    database.close();
  }
}
