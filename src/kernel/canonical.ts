import { createHash } from 'node:crypto';

/** JSON with sorted keys: the same value is always the same text. */
export const canonical = (value: unknown): string => JSON.stringify(value, sorted);

export const digestOf = (value: unknown): string =>
  `sha256:${createHash('sha256').update(canonical(value)).digest('hex')}`;

const sorted = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
