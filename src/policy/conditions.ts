import type { SubjectType } from '../sdk/index.ts';
import { attributeType, attributeTypes, attributeWords, type Scalar, type ScalarType } from './attributes.ts';
import { operandOf, placeOf } from './operands.ts';
import type { Path, Source } from './source.ts';
import { expected, shown } from './words.ts';

/** The attribute is one of the values or, when negated, none of them. */
export interface OneOf {
  readonly attribute: string;
  readonly negated: boolean;
  readonly values: ReadonlySet<Scalar>;
  /** The caller's own name is one of the values: `$me`. */
  readonly me: boolean;
}

/** The attribute is a number between the two; neither counts itself. */
export interface Between {
  readonly attribute: string;
  readonly above: number;
  readonly below: number;
}

/** One line of a `where`. */
export type Condition = OneOf | Between;

/** Throws CONFIG_INVALID for whatever could only be silent: no condition at all, an unknown attribute, a value it never has. */
export function conditionsOf(source: Source, path: Path, type: SubjectType, where: object): readonly Condition[] {
  const lines = Object.entries(where);
  if (lines.length === 0)
    source.refuse(path, 'found an empty "where", expected a condition, or no "where" for everything');
  return lines.map(([attribute, operand]) => condition(source, [...path, attribute], type, attribute, operand));
}

function condition(source: Source, path: Path, type: SubjectType, attribute: string, written: unknown): Condition {
  const scalar = attributeType(type, attribute);
  if (scalar === undefined || attribute.includes('*')) {
    const known = expected(attribute, Object.keys(attributeTypes[type])).replace('tag:*', 'tag:<name>');
    return source.refuse(path, `found the attribute ${shown(attribute)} of a ${type}, expected ${known}`, 'key');
  }
  const operand = operandOf(source, path, scalar, written);
  const fit = (place: Path, value: unknown): void => {
    const wrong = misfit(attribute, scalar, value);
    if (wrong) source.refuse(place, `found ${shown(value)} for "${attribute}", expected ${wrong}`);
  };
  if (operand.operator === 'between') return between(source, path, { attribute, fit }, operand);
  const { operator, values } = operand;
  for (const [at, value] of values.entries()) fit(placeOf(path, operator, at), value);
  // `fit` has let through nothing but scalars.
  const fixed = values.filter((value) => value !== '$me') as Scalar[];
  return { attribute, negated: operator === 'ne', values: new Set(fixed), me: fixed.length < values.length };
}

interface Fitting {
  readonly attribute: string;
  fit(place: Path, value: unknown): void;
}

function between(
  source: Source,
  path: Path,
  { attribute, fit }: Fitting,
  { above, below }: { readonly above: unknown; readonly below: unknown },
): Between {
  if (above !== undefined) fit([...path, 'gt'], above);
  if (below !== undefined) fit([...path, 'lt'], below);
  const bounds = { above: Number(above ?? -Infinity), below: Number(below ?? Infinity) };
  if (bounds.above >= bounds.below)
    source.refuse(path, `found nothing above ${above} and below ${below}, expected a range that holds a number`);
  return { attribute, ...bounds };
}

const named = { string: 'text', number: 'a number', boolean: 'true or false' } as const;

/** What would have been right instead; `undefined` when the value can match. */
function misfit(attribute: string, scalar: ScalarType, value: unknown): string | undefined {
  if (typeof value !== scalar)
    return scalar === 'string' && Object(value) !== value ? `${named.string}, in quotes` : named[scalar];
  if (typeof value === 'number' && !Number.isFinite(value)) return named.number;
  if (typeof value !== 'string') return undefined;
  const words = attributeWords[attribute];
  if (words && !words.includes(value)) return expected(value, words);
  if (value.startsWith('$') && value !== '$me') return 'another text, or $me, the only word that begins with $';
  return value.includes('*') ? 'the whole text, for there are no patterns' : undefined;
}

/** Whether it holds for a value of the declared type, when the caller has this name. */
export function holds(condition: Condition, value: Scalar, caller: string): boolean {
  if ('above' in condition) return Number(value) > condition.above && Number(value) < condition.below;
  return (condition.values.has(value) || (condition.me && value === caller)) !== condition.negated;
}
