import { z } from 'zod';
import { LabError } from './errors.ts';

/** A name people type and files carry: lower-case letters, digits and dashes, at most 40 of them. */
export const slug = (description: string): z.ZodString =>
  z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/, 'lower-case letters, digits and dashes inside, at most 40')
    .describe(description);

/** The one item with this name. Throws NOT_FOUND and lists the names there are. */
export function named<T extends { readonly name: string }>(what: string, wanted: string, among: readonly T[]): T {
  const found = among.find(({ name }) => name === wanted);
  if (found) return found;
  const have = among.map(({ name }) => name);
  throw new LabError('NOT_FOUND', `No ${what} is named "${wanted}".`, { details: { have } });
}
