import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { findConfigFile, readsDotEnv, type Whereabouts } from '../config/find.ts';
import { defaultRuntimeDir } from '../config/places.ts';

/** Where one lab's server is reached. Everybody who means the same config means the same socket. */
export interface Place {
  readonly dir: string;
  readonly socket: string;
  /** What the server says before it has a log of its own; empty where somebody else runs it. */
  readonly log: string;
}

/** Loads no library: the relay has to know this before anything else. */
export function placeOf(where: Whereabouts): Place {
  const given = where.env['LABWARDEN_SOCKET'];
  if (given) return { dir: dirname(given), socket: given, log: '' };
  const dir = defaultRuntimeDir(where);
  // A `.env` changes what the config says, so those who start where one lies have a lab of their own.
  const beside = readsDotEnv(where) ? where.cwd : '';
  // So may the environment. Two that differ in it get two servers, of which the second is refused, and nobody's word is lost.
  const said = Object.entries(where.env).filter(
    ([name]) => name.startsWith('LABWARDEN_') && name !== 'LABWARDEN_CONFIG',
  );
  const meant = [findConfigFile(where) ?? '', beside, ...said.map((pair) => pair.join('=')).sort()].join('\0');
  const key = createHash('sha256').update(meant).digest('hex').slice(0, 12);
  return { dir, socket: join(dir, `${key}.sock`), log: join(dir, `${key}.log`) };
}

/** What this process was started with. */
export const here = (argvFile: string | undefined): Whereabouts => ({
  ...(argvFile !== undefined && { argvFile }),
  env: process.env,
  cwd: process.cwd(),
  home: homedir(),
});
