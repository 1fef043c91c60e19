import type { z } from 'zod';
import { check, type Rule } from './check.ts';
import { type Document, parse } from './parse.ts';
import type { DocumentCode } from './problems.ts';
import { readSource } from './source.ts';

export { canonical, digestOf, labelledDigest } from './canonical.ts';
export { check, type Rule, rule } from './check.ts';
export { type Document, parse } from './parse.ts';
export { absolute, isBeneath } from './path.ts';
export { type DocumentCode, type Path, type Problem, quoted, valueAt } from './problems.ts';
export { readSource } from './source.ts';

interface Options {
  readonly code: DocumentCode;
  readonly rules?: readonly Rule[];
  /** What messages call the file; its path when absent. */
  readonly name?: string;
}

/**
 * A YAML file as the schema types it. Throws a LabError with every problem at once, each as
 * `file:line:col  key.path: what was found; what was expected`.
 */
export async function readDocument<S extends z.ZodType>(
  file: string,
  schema: S,
  options: Options,
): Promise<z.output<S>> {
  return check(await openDocument(file, options), schema, options);
}

/** A YAML file as plain data that nothing has checked yet; an empty one is an empty map. */
export async function openDocument(file: string, { code, name = file }: Options): Promise<Document> {
  const document = parse(await readSource(file, code), name, code);
  return { ...document, value: document.value ?? {} };
}
