import { constants, type FileHandle, open } from 'node:fs/promises';
import { LabError } from '../sdk/errors.ts';
import type { DocumentCode } from './problems.ts';

const limitBytes = 1024 * 1024;

/** The whole text of a small file. Throws `code` when it cannot be read, is no plain file, is over 1 MiB or is not UTF-8. */
export async function readSource(file: string, code: DocumentCode): Promise<string> {
  try {
    // Not to wait for the other end of a pipe that stands where a file should.
    await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    return decoded(await bounded(handle));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new LabError(code, `${file} cannot be read: ${why}`, { cause });
  }
}

async function bounded(handle: FileHandle): Promise<Uint8Array> {
  const stat = await handle.stat();
  if (!stat.isFile()) throw new Error('it is not a plain file.');
  const pieces: Uint8Array[] = [];
  for await (const piece of handle.createReadStream({ end: limitBytes, autoClose: false })) pieces.push(piece);
  const bytes = Buffer.concat(pieces);
  if (bytes.length > limitBytes) throw new Error('it is larger than 1 MiB.');
  return bytes;
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Error('it is not UTF-8 text.', { cause });
  }
}
