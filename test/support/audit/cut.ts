import { expect } from 'vitest';
import { openAuditLog } from '../../../src/audit/index.ts';
import { examine, filesOf, restart, restore, unsynced } from './index.ts';

interface File {
  readonly name: string;
  readonly bytes: Buffer;
}

/** The file of a log as it is while labwarden runs. */
export async function running(dir: string): Promise<File> {
  await using log = await openAuditLog({ dir, fs: unsynced });
  for (let nth = 0; nth < 5; nth += 1) await log.append({ kind: 'effect', op: `op-${nth}` });
  const [[name, bytes] = ['', Buffer.of()]] = filesOf(dir);
  return { name, bytes };
}

/** Where the last lines begin. */
export function lastLines(bytes: Buffer, count: number): number {
  let at = bytes.length;
  for (let nth = 0; nth < count; nth += 1) at = bytes.lastIndexOf('\n', at - 2) + 1;
  return at;
}

/** Expects that a start makes a log whole of which a crash left only this much. */
export async function recovered(dir: string, { name, bytes }: File, cut: number): Promise<void> {
  restore(dir, [[name, bytes.subarray(0, cut)]]);
  await restart(dir);
  expect(examine(filesOf(dir)), `${cut} bytes`).toMatchObject({ ok: true, recoveries: 1, closed: true });
}
