import { once } from 'node:events';
import type { AuditRecord, Hit } from '../../audit/index.ts';

/** What a terminal would obey instead of showing it. */
const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

export const shown = (text: string): string =>
  text.replace(hidden, (sign) => `\\u{${sign.codePointAt(0)?.toString(16)}}`);

/** Waits while the reader cannot keep up. False once nobody reads any more. */
export async function line(text: string): Promise<boolean> {
  const { stdout } = process;
  if (stdout.destroyed) return false;
  if (!stdout.write(`${text}\n`)) await Promise.race([once(stdout, 'drain'), once(stdout, 'close')]).catch(() => {});
  return !stdout.destroyed;
}

/** A reader may leave early, such as `head`. That is no error of ours. */
export function readerMayLeave(): void {
  process.stdout.off('error', leave).on('error', leave);
}

const leave = () => process.stdout.destroy();

const widths = [23, 12, 14, 20, 22, 22] as const;

/** For people: one record in a row. */
export const row = (cells: readonly string[]): string =>
  cells
    .map((cell, at) => shown(cell).padEnd(widths[at] ?? 0))
    .join('  ')
    .trimEnd();

export const heading: string = row(['time (UTC)', 'kind', 'user', 'tool', 'how', 'call', 'on']);

export const rowOf = (record: AuditRecord): string =>
  row([
    record.t.slice(0, 23).replace('T', ' '),
    record.kind,
    record.who?.user ?? '-',
    record.act ?? '-',
    how(record),
    record.op ?? '-',
    subjects(record),
  ]);

/** All that comes, as lines of the log or as a table. */
export async function print(hits: AsyncIterable<Hit> | Iterable<Hit>, json: boolean | undefined): Promise<number> {
  let count = 0;
  for await (const { record, line: written } of hits) {
    if (!json && count === 0) await line(heading);
    count += 1;
    if (!(await line(json ? written : rowOf(record)))) break;
  }
  return count;
}

export function subjects({ subjects: all = [] }: AuditRecord): string {
  const names = all.slice(0, 3).map(({ type, name }) => `${type} ${name}`);
  return [...names, ...(all.length > 3 ? [`and ${all.length - 3} more`] : [])].join(', ');
}

/** What a record comes to, in a word or three. */
export function how({ kind, decision, data }: AuditRecord): string {
  const { code, effect, port, verb, closed, id, hash, recovered } = Object(data);
  if (kind === 'effect') return [port, verb].filter(Boolean).join(' ');
  if (kind === 'outcome') return [code, recovered && `(${recovered})`].filter(Boolean).join(' ');
  if (kind === 'decision') return code === 'ok' ? 'allowed' : `${decision?.effect ?? ''} ${code ?? ''}`.trim();
  if (kind === 'checkpoint') return closed ? 'closed' : 'signed';
  return String(code ?? effect ?? id ?? hash ?? decision?.effect ?? '-').slice(0, 60);
}
