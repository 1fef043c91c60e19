import { existsSync, lstatSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
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

/** Makes it when it is not there. Throws CONFIG_INVALID when that cannot be, or others may enter it. */
export function makeOwnFolder(dir: string): void {
  makeFolder(dir);
  isOwnFolder(dir);
}

/** The same of a folder whose guarding is the admin's. */
export function makeFolder(dir: string): void {
  try {
    makeWithParents(dir);
  } catch (cause) {
    throw new LabError('CONFIG_INVALID', `The folder ${dir} cannot be made (${Object(cause).code}).`, { cause });
  }
}

/** Node's own `recursive` tries for ever where a file system such as /proc makes no folders. */
function makeWithParents(dir: string): void {
  if (existsSync(dir)) {
    if (statSync(dir).isDirectory()) return;
    throw Object.assign(new Error('it is no folder'), { code: 'ENOTDIR' });
  }
  if (dirname(dir) !== dir) makeWithParents(dirname(dir));
  try {
    mkdirSync(dir, { mode: 0o700 });
  } catch (cause) {
    // Somebody else was faster, or a link leads nowhere, which is refused by whoever looks at it.
    if (Object(cause).code !== 'EEXIST') throw cause;
  }
}
