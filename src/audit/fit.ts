import { hash } from 'node:crypto';
import type { AuditEntry, AuditRecord } from './entry.ts';
import { canonical } from './json.ts';

type Lighter = AuditEntry & { readonly omitted?: AuditRecord['omitted'] };

const parts = ['data', 'args', 'subjects', 'decision', 'who', 'act', 'plan'] as const;

/** Drops the largest parts until the rest fits; of each its length and digest stay, and of `data` its code. */
export function fit(entry: Lighter, bytes: number): Lighter {
  const sizes = parts.flatMap((part) => (entry[part] === undefined ? [] : [{ part, json: canonical(entry[part]) }]));
  const largest = sizes.toSorted((a, b) => b.json.length - a.json.length)[0];
  if (!largest || Buffer.byteLength(canonical(entry)) <= bytes) return entry;
  const { part, json } = largest;
  const { [part]: _dropped, ...rest } = entry;
  const omitted = { ...entry.omitted, [part]: { bytes: Buffer.byteLength(json), sha256: hash('sha256', json) } };
  return fit({ ...rest, ...(part === 'data' && codeOf(entry)), omitted }, bytes);
}

const codeOf = ({ data }: AuditEntry): { data?: { code: string } } => {
  const { code } = Object(data);
  return typeof code === 'string' && code.length <= 40 ? { data: { code } } : {};
};
