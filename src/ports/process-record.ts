import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LabError, z } from '../sdk/index.ts';
import { isMissing } from './file-error.ts';

const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));

/** Who a program is, so that no other can be taken for it. */
const identity = z.strictObject({
  pid: z.int().min(2),
  /** Of this boot; in the system's own unit. */
  startTime: z.string(),
});

const record = z.strictObject({
  /** In the program's environment as LABWARDEN_TOKEN. */
  token: hex(32),
  /** SHA-256 of its words. */
  argvDigest: hex(64),
  bootId: z.string(),
  detached: z.boolean(),
  /** Absent while it is about to start. Whoever finds it so after a crash looks for the token. */
  running: identity.optional(),
});

/** One supervised program on disk, for the next life of labwarden. */
export type ProcessRecord = z.output<typeof record>;
export type Identity = z.output<typeof identity>;

export async function readRecord(file: string): Promise<ProcessRecord | undefined> {
  const text = await readFile(file, 'utf8').catch((reason) => {
    if (!isMissing(reason)) throw reason;
  });
  return text === undefined ? undefined : parsed(file, text);
}

/** On the disk, whole, when this resolves. */
export async function writeRecord(file: string, content: ProcessRecord): Promise<void> {
  const draft = `${file}.${randomBytes(8).toString('hex')}`;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await using handle = await open(draft, 'wx', 0o600);
  await handle.writeFile(JSON.stringify(content));
  await handle.sync();
  await rename(draft, file);
  await synced(dirname(file));
}

export const removeRecord = (file: string): Promise<void> =>
  unlink(file).catch((reason) => {
    if (!isMissing(reason)) throw reason;
  });

async function synced(folder: string): Promise<void> {
  await using handle = await open(folder, 'r');
  await handle.sync();
}

function parsed(file: string, text: string): ProcessRecord {
  try {
    return record.parse(JSON.parse(text));
  } catch (cause) {
    const sentence = `The process record ${file} is damaged. See whether its program still runs, then remove the file.`;
    throw new LabError('CONFLICT', sentence, { cause });
  }
}
