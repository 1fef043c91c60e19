import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Program } from './speaker.ts';

export const root: string = join(import.meta.dirname, '../..');

/** The floor of everything that speaks MCP. */
export const bareSdk: Program = { command: process.execPath, args: [join(root, 'bench/floors/bare-sdk.mjs')], env: {} };

/** labwarden as npm installs it, with the lab in this folder. */
export const built = (dir: string): Program => labwarden(dir, process.execPath, [main, 'serve']);

/** labwarden from a clone, without a build. */
export const cloned = (dir: string): Program => labwarden(dir, join(root, 'labwarden'), ['serve']);

/** Ends the lab server and waits until it has gone. */
export function stop(dir: string): void {
  const { command, args, env } = labwarden(dir, process.execPath, [main, 'stop', '--wait']);
  execFileSync(command, args, { env });
}

/** Compiles the package, so that what is measured is what is written. */
export const build = (): void =>
  void execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
    ...{ cwd: root, stdio: 'inherit' },
  });

const main = join(root, 'dist/src/main.js');

/** With `labwarden.yaml`, sockets and caches in one folder, away from the lab of whoever measures. */
const labwarden = (dir: string, command: string, words: readonly string[]): Program => ({
  command,
  args: [...words, '--config', join(dir, 'labwarden.yaml')],
  env: { PATH: process.env['PATH'] ?? '', HOME: dir, XDG_RUNTIME_DIR: dir, XDG_CACHE_HOME: dir },
});
