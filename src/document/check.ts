import { z } from 'zod';
import { nearest } from './nearest.ts';
import type { Document } from './parse.ts';
import { type DocumentCode, dotted, type Path, type Problem, quoted, refusal, valueAt } from './problems.ts';
import { expected, found } from './words.ts';

/** A check across several keys. It runs whenever the part of the document that it needs is well-formed, whatever else is wrong. */
export interface Rule {
  check(value: unknown): Promise<readonly Problem[]>;
}

export const rule = <S extends z.ZodType>(
  needs: S,
  check: (value: z.output<S>) => readonly Problem[] | Promise<readonly Problem[]>,
): Rule => ({
  check: async (value) => {
    const part = needs.safeParse(value);
    return part.success ? check(part.data) : [];
  },
});

interface CheckOptions {
  readonly code: DocumentCode;
  readonly rules?: readonly Rule[];
  /** Where somebody may have written what must not be repeated. */
  readonly untold?: (path: Path) => boolean;
}

/** The value, as the schema types it. Throws `code` with every problem of the document. */
export async function check<S extends z.ZodType>(
  document: Document,
  schema: S,
  { code, rules = [], untold = () => false }: CheckOptions,
): Promise<z.output<S>> {
  const parsed = schema.safeParse(document.value);
  const crossed = await Promise.all(rules.map((each) => each.check(document.value)));
  const told = (parsed.error?.issues ?? []).flatMap((issue) => problemsOf(issue, schema, document.value, untold));
  const problems: readonly Untold[] = [
    ...told,
    ...crossed.flat().map(({ path, says }) => ({ path, says: () => says })),
  ];
  if (parsed.success && problems.length === 0) return parsed.data;
  const lines = problems.map(
    ({ path, says }) =>
      () =>
        `${document.at(path)}  ${dotted(path)}: ${says()}`,
  );
  throw refusal(code, document.name, lines);
}

type Issue = z.core.$ZodIssue;

/** A problem whose words are found when it is told: there may be thousands, and few are shown. */
interface Untold {
  readonly path: Path;
  says(): string;
}

function problemsOf(
  issue: Issue,
  schema: z.ZodType,
  value: unknown,
  untold: (path: Path) => boolean,
): readonly Untold[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], says: () => unknownKey(key, keysAt(schema, path)) }));
  }
  const branch = issue.code === 'invalid_union' ? likeliest(issue.errors) : undefined;
  if (branch)
    return branch.flatMap((inner) => problemsOf({ ...inner, path: [...path, ...inner.path] }, schema, value, untold));
  if (untold(path)) return [{ path, says: () => `found something else; expected ${expected(issue)}.` }];
  const what = () => (issue.code === 'invalid_key' ? quoted(String(path.at(-1))) : found(valueAt(value, path)));
  return [{ path, says: () => `found ${what()}; expected ${expected(issue)}.` }];
}

function unknownKey(key: string, known: readonly string[]): string {
  const near = nearest(key, known);
  return `found a key that means nothing here; ${near ? `did you mean "${near}"?` : `expected ${known.join(', ')}.`}`;
}

/** The form that was meant: the one that goes into the value and has the least against it. */
function likeliest(forms: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const inside = forms.filter((issues) =>
    issues.some(({ path, code }) => path.length > 0 || code === 'unrecognized_keys'),
  );
  return inside.sort((a, b) => a.length - b.length)[0];
}

type Shape = z.core.JSONSchema.BaseSchema;

/** The keys that a map at this path may have, over all the forms it may take. */
function keysAt(schema: z.ZodType, path: Path): readonly string[] {
  const root: Shape = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const here = path.reduce<Shape[]>((shapes, part) => shapes.flatMap((shape) => inner(shape, part)), forms(root));
  return here.flatMap((shape) => Object.keys(shape.properties ?? {}));
}

function inner(shape: Shape, part: PropertyKey): Shape[] {
  const candidates = [shape.properties?.[String(part)] ?? shape.additionalProperties, shape.items];
  return candidates.flat().flatMap((next) => (typeof next === 'object' ? forms(next) : []));
}

const forms = (shape: Shape): Shape[] => [
  shape,
  ...[...(shape.anyOf ?? []), ...(shape.oneOf ?? [])].map((form) => form as Shape),
];
