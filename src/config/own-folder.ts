import { lstatSync, mkdirSync, statSync } from 'node:fs';
import { LabError } from '../sdk/errors.ts';

/** Whether the folder is there. Throws CONFIG_INVALID when others may enter: they could pose as this user, or take what is theirs. */
export function isOwnFolder(dir: string): boolean {
  const found = lstatSync(dir, { throwIfNoEntry: false });
  if (!found) return false;
  const mine = !process.getuid || (found.uid === process.getuid() && (found.mode & 0o077) === 0);
  if (found.isDirectory() && mine) return true;
  throw new LabError(
    'CONFIG_INVALID',
    `${dir} must be a folder of yours that nobody else can enter (mode 0700): whoever enters it is taken for you, or reaches what is yours.`,
  );
}

/** Whether a folder of somebody else is there. Throws CONFIG_INVALID when others than its owner may write in it: they could put their own socket there. */
export function isKeptFolder(dir: string): boolean {
  const found = statSync(dir, { throwIfNoEntry: false });
  if (!found) return false;
  if (found.isDirectory() && (found.mode & 0o022) === 0) return true;
  throw new LabError(
    'CONFIG_INVALID',
    `${dir} may be written by others than its owner, so what answers there may be anybody.`,
  );
}

/** Makes it when it is not there. */
export function makeOwnFolder(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  isOwnFolder(dir);
}
