import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageDir } from '../kernel/installed.ts';

export async function version(): Promise<string> {
  return JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8')).version;
}

export async function printVersion(): Promise<number> {
  process.stdout.write(`${await version()}\n`);
  return 0;
}
