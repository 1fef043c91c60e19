import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Whereabouts } from '../config/find.ts';
import { makeOwnFolder } from '../config/own-folder.ts';

/**
 * Where Node keeps compiled code from one lab server to the next: without it, half of a start from a clone is spent on compiling.
 * Beneath the person's cache folder if they have one. What lies there is run, so it must be theirs alone; `undefined` where it is not.
 */
export function compiledFolder({ env, home }: Pick<Whereabouts, 'env' | 'home'>): string | undefined {
  const caches = env['XDG_CACHE_HOME'] || join(home, '.cache');
  const dir = join(caches, 'labwarden', 'compiled');
  try {
    if (!existsSync(caches)) return undefined;
    makeOwnFolder(dir);
    return dir;
  } catch {
    return undefined;
  }
}
