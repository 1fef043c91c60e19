import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { absolute } from '../document/path.ts';

export interface Whereabouts {
  /** What stood after `--config`. */
  readonly argvFile?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
  /** Where the machine's own config lives; /etc but for tests. */
  readonly etc?: string;
}

/** Whether the file was only met in the working directory. Whoever may write there is often an agent. */
export const isFoundHere = ({ argvFile, env, cwd }: Whereabouts, file: string): boolean =>
  !argvFile && !env['LABWARDEN_CONFIG'] && file === join(cwd, 'labwarden.yaml');

/** The config file to read, absolute; `undefined` when there is none. One that somebody named is answered whether it exists or not. */
export function findConfigFile(where: Whereabouts): string | undefined {
  const named = where.argvFile || where.env['LABWARDEN_CONFIG'];
  if (named) return absolute(named, where.cwd, where.home);
  const own = where.env['XDG_CONFIG_HOME'] || join(where.home, '.config');
  const places = [join(where.cwd, 'labwarden.yaml'), join(own, 'labwarden', 'config.yaml'), systemConfigFile(where)];
  return places.find((place) => existsSync(place));
}

/** A lab that runs from this file belongs to the machine, not to a user. */
export const systemConfigFile = ({ etc = '/etc' }: Whereabouts): string => join(etc, 'labwarden', 'config.yaml');

/**
 * Whether a `.env` in the working directory counts. Whoever may write there is often an agent, so a config that somebody
 * named is not changed by it.
 */
export const readsDotEnv = ({ argvFile, env, cwd }: Whereabouts): boolean =>
  !argvFile && !env['LABWARDEN_CONFIG'] && existsSync(join(cwd, '.env'));
