import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { segmentNames } from '../../audit/index.ts';
import { loadConfig } from '../../config/config.ts';
import { packageDir } from '../../kernel/installed.ts';
import { LabError } from '../../sdk/index.ts';
import { here } from '../../transports/place.ts';

/** Which log is meant; every command takes them. */
export const which = { config: 'FILE', dir: 'DIR' } as const;

interface Where {
  readonly config?: string;
  readonly dir?: string;
}

/** The folder of the log that is meant. Throws NOT_FOUND when there is none. */
export async function dirOf({ config, dir }: Where): Promise<string> {
  const meant = dir ?? (await loadConfig({ ...here(config), packageDir })).audit.dir;
  if (existsSync(meant)) return meant;
  throw new LabError('NOT_FOUND', `There is no audit log in "${meant}".`);
}

/** The same, for those who want to read records of it. */
export async function logOf(where: Where): Promise<string> {
  const dir = await dirOf(where);
  if (namesIn(dir).length > 0) return dir;
  throw new LabError('NOT_FOUND', `There is no audit log in "${dir}".`);
}

function namesIn(dir: string): readonly string[] {
  try {
    return segmentNames(dir);
  } catch (cause) {
    throw new LabError('NOT_FOUND', `"${dir}" cannot be read (${Object(cause).code}).`, { cause });
  }
}

/** What a file says. Throws NOT_FOUND when it cannot be read. */
export const textOf = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((cause) => {
    throw new LabError('NOT_FOUND', `"${file}" cannot be read (${cause.code}).`, { cause });
  });
