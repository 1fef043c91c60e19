import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Served } from './served.ts';

interface AuditLine {
  readonly kind: string;
  readonly act?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Everything in the lab's audit log about this tool, oldest first. */
export async function auditLines({ state }: Served, tool: string): Promise<readonly AuditLine[]> {
  const dir = join(state, 'audit');
  const names = (await readdir(dir)).filter((name) => name.endsWith('.jsonl')).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(dir, name), 'utf8')));
  const lines = texts
    .join('')
    .split('\n')
    .filter((line) => line !== '');
  return lines.map((line): AuditLine => JSON.parse(line)).filter(({ act }) => act === tool);
}
