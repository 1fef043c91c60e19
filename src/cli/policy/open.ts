import { relative, resolve } from 'node:path';
import { type Config, loadConfig } from '../../config/config.ts';
import { packageDir } from '../../kernel/installed.ts';
import { type Outlook, outlookOf } from '../../kernel/outlook.ts';
import { type Laid, laidOpen } from '../../policy/analysis/index.ts';
import { type PolicyText, readPolicy } from '../../policy/index.ts';
import { spawnPlugin } from '../../rpc/spawn.ts';
import { LabError } from '../../sdk/errors.ts';
import { here } from '../../transports/place.ts';

/** A config and what its plugins can do. */
export interface Opened extends Outlook {
  readonly config: Config;
}

/** Loads what a lab would load, and opens no lab. */
export async function opened(argvFile: string | undefined): Promise<Opened> {
  const config = await loadConfig({ ...here(argvFile), packageDir });
  await using children = new AsyncDisposableStack();
  const outlook = await outlookOf(config, async (entry) => children.use(await spawnPlugin(entry)).plugin);
  return { config, ...outlook };
}

/** The files' texts, called as a person here would call them. */
export const textsOf = (files: readonly string[]): Promise<readonly PolicyText[]> =>
  Promise.all(files.map(async (file) => ({ ...(await readPolicy(file)), name: shortest(file) })));

export async function laidFrom({ vocabulary }: Outlook, files: readonly string[]): Promise<Laid> {
  if (files.length === 0) throw new LabError('INVALID_INPUT', 'No policy file was named; name one.');
  return laidOpen(await textsOf(files), vocabulary);
}

/** `a.yaml,b.yaml`; `undefined` when nothing was said. */
export const listOf = (text: string | undefined): readonly string[] | undefined =>
  text
    ?.split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

function shortest(file: string): string {
  const from = relative(process.cwd(), resolve(file));
  return from.startsWith('..') ? resolve(file) : from;
}
