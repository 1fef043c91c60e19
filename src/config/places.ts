import { join } from 'node:path';
import { systemConfigFile, type Whereabouts } from './find.ts';

/** Where a lab keeps its data when its config does not say. */
export function defaultStateDir(where: Whereabouts, source: string | undefined): string {
  if (source === systemConfigFile(where)) return '/var/lib/labwarden';
  return join(where.env['XDG_STATE_HOME'] || join(where.home, '.local', 'state'), 'labwarden');
}

/** A unix socket's path has 107 bytes, and ours add about 30 to this. */
const longestSocketDir = 72;

/**
 * Where a lab keeps the sockets of its VMs when its config does not say. They must be there for as long as the VMs are, so it is
 * not the user's runtime folder, which goes when they log out.
 */
export function socketDir(stateDir: string, where: Whereabouts): string {
  const beside = join(stateDir, 'run');
  return Buffer.byteLength(beside) <= longestSocketDir ? beside : defaultRuntimeDir({ ...where, env: {} });
}

/** Where the people of a lab find their sockets: outside the state folder, which nobody else may enter, where there is such a place. */
export const peopleDir = (stateDir: string, where: Whereabouts, source: string | undefined): string =>
  source === systemConfigFile(where) ? '/run/labwarden' : join(stateDir, 'people');

/** Where a lab server itself is reached: it ends when nobody needs it. */
export function defaultRuntimeDir({ env }: Whereabouts): string {
  const own = env['XDG_RUNTIME_DIR'];
  return own ? join(own, 'labwarden') : `/tmp/labwarden-${process.getuid?.() ?? 0}`;
}
