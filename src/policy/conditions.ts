import type { SubjectType } from '../sdk/index.ts';
import { attributeType, attributeTypes, attributeWords, type Scalar, type ScalarType } from './attributes.ts';
import type { Path, Source } from './source.ts';
import { expected, shown } from './words.ts';

/** One line of a `where`: the attribute is one of the values, or, when negated, none of them. */
export interface Condition {
  readonly attribute: string;
  readonly negated: boolean;
  readonly values: ReadonlySet<Scalar>;
  /** The caller's own name is one of the values: `$me`. */
  readonly me: boolean;
}

/** Throws CONFIG_INVALID for whatever could only be silent: no condition at all, an unknown attribute, a value it never has. */
export function conditionsOf(source: Source, path: Path, type: SubjectType, where: object): readonly Condition[] {
  const lines = Object.entries(where);
  if (lines.length === 0)
    source.refuse(path, 'found an empty "where", expected a condition, or no "where" for everything');
  return lines.map(([attribute, operand]) => condition(source, [...path, attribute], type, attribute, operand));
}

function condition(source: Source, path: Path, type: SubjectType, attribute: string, operand: unknown): Condition {
  const scalar = attributeType(type, attribute);
  if (scalar === undefined || attribute.includes('*')) {
    const known = expected(attribute, Object.keys(attributeTypes[type])).replace('tag:*', 'tag:<name>');
    return source.refuse(path, `found the attribute ${shown(attribute)} of a ${type}, expected ${known}`, 'key');
  }
  const { operator, values } = operands(source, path, operand);
  for (const [at, value] of values.entries()) {
    const wrong = misfit(attribute, scalar, value);
    const place = { is: path, ne: [...path, 'ne'], in: [...path, 'in', at] }[operator];
    if (wrong) source.refuse(place, `found ${shown(value)} for "${attribute}", expected ${wrong}`);
  }
  // `misfit` has let through nothing but scalars.
  const fixed = values.filter((value) => value !== '$me') as Scalar[];
  return { attribute, negated: operator === 'ne', values: new Set(fixed), me: fixed.length < values.length };
}

function operands(source: Source, path: Path, operand: unknown) {
  const forms = 'a value, { in: [values] } or { ne: value }';
  if (typeof operand !== 'object' || operand === null) return { operator: 'is', values: [operand] } as const;
  if (Array.isArray(operand)) return source.refuse(path, `found a list, expected ${forms}`);
  const [[operator, value] = ['', undefined], second] = Object.entries(operand);
  if (second) source.refuse(path, `found ${shown(operator)} beside ${shown(second[0])}, expected ${forms}`);
  if (operator === 'ne') return { operator, values: [value] } as const;
  if (operator !== 'in') return source.refuse(path, `found ${shown(operand)}, expected ${forms}`);
  if (Array.isArray(value) && value.length > 0) return { operator, values: value as unknown[] } as const;
  return source.refuse([...path, 'in'], `found ${shown(value)}, expected a list of at least one value`);
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
