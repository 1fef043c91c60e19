import { readFile } from 'node:fs/promises';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { loadConfig } from '../../config/config.ts';
import { packageDir } from '../../kernel/installed.ts';
import { LabError } from '../../sdk/index.ts';
import { here } from '../../transports/place.ts';

/** Which log is meant; every command takes them. */
export const which = { config: { type: 'string' }, dir: { type: 'string' }, json: { type: 'boolean' } } as const;

/** Throws INVALID_INPUT, with what the command takes, for anything else. */
export function optionsOf<T extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: T,
  words: number,
  takes: string,
) {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    if (positionals.length === words) return { ...values, words: positionals };
  } catch {
    // said below
  }
  throw new LabError('INVALID_INPUT', `labwarden does not know "${args.join(' ')}" here; it takes ${takes}.`);
}

/** The folder of the log that is meant. */
export const dirOf = async ({
  config,
  dir,
}: {
  readonly config?: string | undefined;
  readonly dir?: string | undefined;
}) => dir ?? (await loadConfig({ ...here(config), packageDir })).audit.dir;

/** What a file says. Throws NOT_FOUND when it cannot be read. */
export const textOf = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((cause) => {
    throw new LabError('NOT_FOUND', `"${file}" cannot be read (${cause.code}).`, { cause });
  });
