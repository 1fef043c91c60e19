import { spawn } from 'node:child_process';
import { program, type Served } from './mcp/served.ts';

/** What a person does at a terminal: after this has been shown, they type that, and Enter. */
export type Typing = readonly [shown: string, typed: string];

export interface Session {
  readonly code: number | null;
  /** All that the terminal showed. */
  readonly screen: string;
}

/** `labwarden` with these arguments on a terminal of its own, with nothing but that terminal to type at. */
export async function atTerminal(
  { env, dir, config }: Served,
  args: readonly string[],
  typing: readonly Typing[] = [],
): Promise<Session> {
  const quoted = [program, ...args, '--config', config].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  // script(1), of every Debian, makes the pseudo-terminal; it passes our stdin on to it.
  const child = spawn('script', ['-qefc', quoted, '/dev/null'], {
    env: { ...env, SHELL: '/bin/sh' },
    cwd: dir,
    stdio: 'pipe',
  });
  let screen = '';
  let from = 0;
  const left = [...typing];
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    screen += piece;
    for (let next = left[0]; next && screen.indexOf(next[0], from) >= 0; next = left[0]) {
      from = screen.indexOf(next[0], from) + next[0].length;
      child.stdin.write(`${next[1]}\r`);
      left.shift();
    }
  });
  child.stderr.resume();
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, screen };
}
