import { constants, type FileHandle, open } from 'node:fs/promises';
import { LabError } from '../sdk/errors.ts';
import type { DocumentCode } from './problems.ts';

interface Limits {
  readonly mostKiB?: number;
  /** False: the name must be the file itself. */
  readonly links?: boolean;
}

/** The whole text of a small file. Throws `code` when it cannot be read, is no plain file, is too large (1 MiB) or is not UTF-8. */
export async function readSource(file: string, code: DocumentCode, limits: Limits = {}): Promise<string> {
  const { mostKiB = 1024, links = true } = limits;
  try {
    // Not to wait for the other end of a pipe that stands where a file should.
    const flags = constants.O_RDONLY | constants.O_NONBLOCK | (links ? 0 : constants.O_NOFOLLOW);
    await using handle = await open(file, flags);
    return decoded(await bounded(handle, mostKiB));
  } catch (cause) {
    throw new LabError(code, `${file} cannot be read: ${whyOf(cause)}`, { details: { file }, cause });
  }
}

function whyOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return ('code' in cause && reasons[String(cause.code)]) || cause.message;
}

/** What is said of the usual mishaps; the rest is Node's word for it. */
const reasons: Readonly<Record<string, string>> = {
  ELOOP: 'it is a symbolic link; name the file itself.',
  ENOENT: 'there is no such file (ENOENT).',
  EACCES: 'this account may not (EACCES).',
};

async function bounded(handle: FileHandle, mostKiB: number): Promise<Uint8Array> {
  const stat = await handle.stat();
  if (!stat.isFile()) throw new Error('it is not a plain file.');
  const pieces: Uint8Array[] = [];
  const most = mostKiB * 1024;
  for await (const piece of handle.createReadStream({ end: most, autoClose: false })) pieces.push(piece);
  const bytes = Buffer.concat(pieces);
  if (bytes.length > most) throw new Error(`it is larger than ${mostKiB < 1024 ? `${mostKiB} KiB` : '1 MiB'}.`);
  return bytes;
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Error('it is not UTF-8 text.', { cause });
  }
}
