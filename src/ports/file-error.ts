import { type Code, LabError } from '../sdk/index.ts';
import { codeOf } from './beneath.ts';

/** What the system said, as a sentence with the path that the caller typed. */
export async function plainly<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (reason) {
    throw fileError(path, reason);
  }
}

/** The same, and `undefined` where there is nothing. */
export async function unlessMissing<T>(path: string, act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (reason) {
    if (isMissing(reason)) return undefined;
    throw fileError(path, reason);
  }
}

export const isMissing = (reason: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(codeOf(reason) ?? '');

function fileError(path: string, cause: unknown): unknown {
  if (cause instanceof LabError || codeOf(cause) === undefined) return cause;
  const [code, sentence] = sentences[codeOf(cause) ?? ''] ?? ['PROVIDER_FAILED', `the system says ${codeOf(cause)}`];
  return new LabError(code, `${path}: ${sentence}.`, { cause });
}

const sentences: Readonly<Record<string, readonly [Code, string]>> = {
  ENOENT: ['NOT_FOUND', 'there is no such file or folder'],
  ENOTDIR: ['NOT_FOUND', 'a part of this path is no folder'],
  EEXIST: ['CONFLICT', 'something stands there already'],
  ENOTEMPTY: ['CONFLICT', 'the folder is not empty'],
  EISDIR: ['CONFLICT', 'this is a folder'],
  EINVAL: ['CONFLICT', 'this cannot be done to a root, or to a folder from inside itself'],
  ENAMETOOLONG: ['INVALID_INPUT', 'a name in this path is too long'],
  EXDEV: ['UNSUPPORTED', 'both names must lie on one file system'],
  ENOSPC: ['LIMIT_EXCEEDED', 'the disk is full; free some space'],
  EDQUOT: ['LIMIT_EXCEEDED', 'the disk quota is used up'],
  EACCES: ['PROVIDER_FAILED', "the system does not let labwarden's account do this"],
  EPERM: ['PROVIDER_FAILED', "the system does not let labwarden's account do this"],
  EROFS: ['PROVIDER_FAILED', 'the file system is mounted read-only'],
};
