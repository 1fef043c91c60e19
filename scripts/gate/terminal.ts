import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type Place, root } from '../demo/place.ts';

const program = join(root, 'labwarden');

/** A command of labwarden to its end: what it said, and its exit code. */
export function labwarden({ config, env, dir }: Place, ...args: readonly string[]) {
  const options = { env, cwd: dir, encoding: 'utf8' } as const;
  const { stdout, stderr, status } = spawnSync(program, [...args, '--config', config], options);
  return { said: `${stdout}${stderr}`.trim(), status };
}

/** The same, and it must work. */
export function done(place: Place, ...args: readonly string[]): string {
  const { said, status } = labwarden(place, ...args);
  if (status !== 0) throw new Error(said);
  return said;
}

/** The same on a terminal of its own, as script(1) of util-linux gives one, with a person who types these answers to its questions. */
export async function onTerminal(place: Place, words: readonly string[], typed: readonly string[]): Promise<string> {
  const { config, env, dir: cwd } = place;
  const command = [program, ...words, '--config', config].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qfec', command, '/dev/null'], { env, cwd, stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = [...typed];
  let shown = '';
  let seen = 0;
  for await (const piece of child.stdout.setEncoding('utf8')) {
    shown += piece;
    if (!shown.slice(seen).endsWith(': ')) continue;
    seen = shown.length;
    child.stdin.write(`${answers.shift() ?? ''}\r`);
  }
  return shown.replaceAll('\r', '');
}
