import type { ScalarType } from './attributes.ts';
import type { Path, Source } from './source.ts';
import { shown } from './words.ts';

/** What stands behind an attribute, before anybody has looked at the values. */
export type Operand =
  | { readonly operator: 'is' | 'ne' | 'in'; readonly values: readonly unknown[] }
  | { readonly operator: 'between'; readonly above: unknown; readonly below: unknown };

const formsOf = (scalar: ScalarType): string =>
  `a value, { in: [values] }${scalar === 'number' ? ', { gt: number, lt: number }' : ''} or { ne: value }`;

/** Throws CONFIG_INVALID for what is none of the forms. */
export function operandOf(source: Source, path: Path, scalar: ScalarType, operand: unknown): Operand {
  const forms = formsOf(scalar);
  if (typeof operand !== 'object' || operand === null) return { operator: 'is', values: [operand] };
  if (Array.isArray(operand)) return source.refuse(path, `found a list, expected ${forms}`);
  const entries = Object.entries(operand);
  const [[operator, value] = ['', undefined], second] = entries;
  if (scalar === 'number' && entries.length > 0 && entries.every(([name]) => isBound(name))) {
    const { gt: above, lt: below } = Object.fromEntries(entries);
    return { operator: 'between', above, below };
  }
  if (second) source.refuse(path, `found ${shown(operator)} beside ${shown(second[0])}, expected ${forms}`);
  if (operator === 'ne') return { operator, values: [value] };
  if (operator !== 'in') return source.refuse(path, `found ${shown(operand)}, expected ${forms}`);
  if (Array.isArray(value) && value.length > 0) return { operator, values: value as unknown[] };
  return source.refuse([...path, 'in'], `found ${shown(value)}, expected a list of at least one value`);
}

const isBound = (name: string): boolean => name === 'gt' || name === 'lt';

/** Where the value with this number stands. */
export const placeOf = (path: Path, operator: 'is' | 'ne' | 'in', at: number): Path =>
  ({ is: path, ne: [...path, 'ne'], in: [...path, 'in', at] })[operator];
