import { join } from 'node:path';
import type { AuditRecord } from './entry.ts';
import { canonical } from './json.ts';
import { unseal } from './line.ts';
import { readLines } from './lines.ts';
import { segmentNames } from './segments.ts';

/** All of what is named must be so. */
export interface Query {
  readonly user?: string;
  readonly tool?: string;
  /** A subject's name or id; a cluster's name means its nodes too. */
  readonly subject?: string;
  /** How it ended: `ok` or an error's code. */
  readonly code?: string;
  readonly call?: string;
  readonly kind?: string;
  /** ISO 8601, UTC. */
  readonly since?: string;
  readonly until?: string;
}

export interface Hit {
  readonly record: AuditRecord;
  readonly line: string;
}

/** Every record that is meant, oldest first. Lines that do not match their own hash are not among them. */
export async function* search(
  dir: string,
  query: Query,
  names: readonly string[] = segmentNames(dir),
): AsyncGenerator<Hit> {
  const words = wordsOf(query);
  for (const name of names)
    for await (const lines of readLines(join(dir, name)))
      for (const { bytes, endless } of lines) {
        // Most lines need not be parsed to see that they are not meant.
        if (endless || words.some((word) => !bytes.includes(word))) continue;
        const record = unseal(bytes);
        if (!('flaw' in record) && meant(record, query)) yield { record, line: bytes.toString() };
      }
}

/** What the line of every record that is meant has in it. */
function wordsOf({ user, tool, call, kind, code }: Query): readonly Buffer[] {
  const members = { user, act: tool, op: call, kind, code };
  return Object.entries(members).flatMap(([name, value]) =>
    value === undefined ? [] : [Buffer.from(canonical({ [name]: value }).slice(1, -1))],
  );
}

/** Whether a record is one of those that are meant. */
export function meant({ who, act, op, kind, data, subjects, t }: AuditRecord, query: Query): boolean {
  const { user, tool, call, code, since, until, subject } = query;
  const same = (wanted: unknown, is: unknown) => wanted === undefined || wanted === is;
  const named = ({ id, name }: { readonly id: string; readonly name: string }) =>
    id === subject || name === subject || name.startsWith(`${subject}/`);
  return (
    same(user, who?.user) &&
    same(tool, act) &&
    same(call, op) &&
    same(query.kind, kind) &&
    same(code, Object(data).code) &&
    (since === undefined || t >= since) &&
    (until === undefined || t < until) &&
    (subject === undefined || subjects?.some(named) === true)
  );
}
