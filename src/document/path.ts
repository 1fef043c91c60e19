import { relative, resolve, sep } from 'node:path';

/** An absolute path: `~` is the home, and a relative path starts at `base`. */
export function absolute(path: string, base: string, home: string): string {
  const expanded = path === '~' || path.startsWith('~/') ? home + path.slice(1) : path;
  return resolve(base, expanded);
}

/** Whether an absolute path, as written, lies in the folder or is the folder itself. */
export function isBeneath(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`);
}
