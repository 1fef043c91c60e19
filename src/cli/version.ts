import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageDir } from '../kernel/installed.ts';
import { optionsOf } from './options.ts';
import { print } from './print.ts';

export async function version(): Promise<string> {
  return JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8')).version;
}

export async function printVersion(args: readonly string[]): Promise<number> {
  optionsOf(args, { command: 'version', options: {} });
  print(await version());
  return 0;
}
