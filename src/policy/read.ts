import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { LabError } from '../sdk/index.ts';

/** A policy file as it was read. `name` is the path as the config gives it: errors and decisions quote it. */
export interface PolicyText {
  readonly name: string;
  readonly text: string;
}

const largestFile = 128 * 1024;

/** Throws CONFIG_INVALID for anything but a regular file, not a link, of UTF-8 text within the limit. */
export async function readPolicy(name: string): Promise<PolicyText> {
  try {
    // O_NONBLOCK: opening a FIFO must not wait for a writer.
    await using file = await open(name, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    return { name, text: decoded(name, await bytes(name, file)) };
  } catch (cause) {
    if (cause instanceof LabError) throw cause;
    throw refused(name, `cannot be read (${codeOf(cause)})`, cause);
  }
}

async function bytes(name: string, file: FileHandle): Promise<Uint8Array> {
  if (!(await file.stat()).isFile()) throw refused(name, 'is not a regular file');
  const buffer = new Uint8Array(largestFile + 1);
  let size = 0;
  while (size < buffer.length) {
    const { bytesRead } = await file.read(buffer, size, buffer.length - size);
    if (bytesRead === 0) return buffer.subarray(0, size);
    size += bytesRead;
  }
  throw refused(name, `is larger than ${largestFile / 1024} KiB; split it into several files`);
}

function decoded(name: string, content: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch (cause) {
    throw refused(name, 'is not UTF-8 text', cause);
  }
}

const codeOf = (cause: unknown): string => {
  if (!(cause instanceof Error) || !('code' in cause)) return 'unknown error';
  return cause.code === 'ELOOP' ? 'it is a symbolic link; name the file itself' : String(cause.code);
};

const refused = (name: string, why: string, cause?: unknown): LabError =>
  new LabError('CONFIG_INVALID', `The policy file ${name} ${why}.`, { details: { file: name }, cause });
