import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { qcow2HeadBytes, readQcow2Header } from 'labwarden/sdk/qcow2';
import { LabError, type Vm } from '../sdk/index.ts';
import type { State } from '../state/index.ts';

/** A path of the VM's disks at which something lies that labwarden did not make. Of files that are not on this host the provider knows. */
export async function strangeDisk(state: State, vm: Vm): Promise<string | undefined> {
  for (const path of pathsOf(vm)) if (!(await state.disk(path))?.made && (await facts(path))) return path;
  return undefined;
}

/** Throws CONFLICT when a disk is not labwarden's, or has become one that labwarden would not make. */
export async function usableDisks(state: State, vm: Vm): Promise<void> {
  const strange = await strangeDisk(state, vm);
  if (strange !== undefined)
    throw new LabError(
      'CONFLICT',
      `labwarden did not make ${strange}, and will not use it: move it away, or give the topology another overlay_dir or path.`,
    );
  for (const path of pathsOf(vm)) {
    const there = await facts(path);
    if (there && !there.isFile()) throw changed(path, 'It is no file.');
    if (there) await sound(path);
  }
}

const pathsOf = ({ spec: { disk, extraDisks } }: Vm): readonly string[] =>
  [disk, ...extraDisks].map(({ path }) => path);

const facts = (path: string) => lstat(path).catch(() => undefined);

/** What its header says of a backing file does not matter, because a provider names that itself; but not where the data lie. */
async function sound(path: string): Promise<void> {
  await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  const head = Buffer.alloc(qcow2HeadBytes);
  const { bytesRead } = await file.read(head, 0, qcow2HeadBytes, 0);
  if (headerOf(path, head.subarray(0, bytesRead)).dataFile) throw changed(path, 'It keeps its data in another file.');
}

function headerOf(path: string, head: Uint8Array) {
  try {
    return readQcow2Header(head);
  } catch (cause) {
    throw changed(path, LabError.of(cause).message, cause);
  }
}

const changed = (path: string, why: string, cause?: unknown): LabError =>
  new LabError('CONFLICT', `The disk ${path} is not what labwarden made. ${why} Put it back, or move it away.`, {
    cause,
  });
