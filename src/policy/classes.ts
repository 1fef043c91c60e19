import { type Attributes, attributeType, attributeWords, type Scalar } from './attributes.ts';
import type { Condition } from './conditions.ts';
import type { Rule } from './rules.ts';

/** Stands for every text that no rule says. */
const other = '\0other';

/** Of each attribute that some rule asks about: one value for every way in which the rules can answer. */
export type Classes = ReadonlyMap<string, readonly Scalar[]>;

/**
 * The values that rules of one type can tell apart, when `me` asks. Two things whose attributes are of the same classes get the
 * same answer from each of these rules, so what holds for one value of each class holds for all things there could be: every
 * constant that a rule says, the caller where `$me` stands, and one value that is none of them; of numbers that are compared,
 * one below, between and above all constants.
 */
export function classesOf(rules: readonly Rule[], me: string): Classes {
  const asked = Map.groupBy(
    rules.flatMap(({ type, conditions = [] }) => conditions.map((condition) => ({ type, condition }))),
    ({ condition }) => condition.attribute,
  );
  return new Map(
    [...asked].map(([attribute, list]) => {
      const scalar = list[0] && attributeType(list[0].type, attribute);
      const conditions = list.map(({ condition }) => condition);
      if (scalar === 'boolean') return [attribute, [true, false]];
      if (scalar === 'number') return [attribute, numbers(conditions)];
      return [attribute, attributeWords[attribute] ?? texts(conditions, me)];
    }),
  );
}

function texts(conditions: readonly Condition[], me: string): readonly Scalar[] {
  const said = conditions.flatMap((one) => ('values' in one ? [...one.values, ...(one.me ? [me] : [])] : []));
  return [...new Set([...said, other])];
}

function numbers(conditions: readonly Condition[]): readonly Scalar[] {
  const said = conditions.flatMap((one) => ('values' in one ? [...one.values].map(Number) : [one.above, one.below]));
  const sorted = [...new Set(said.filter(Number.isFinite))].sort((a, b) => a - b);
  const between = sorted.slice(1).map((value, at) => (sorted[at] ?? value) / 2 + value / 2);
  const [first = 0, last = 0] = [sorted[0], sorted.at(-1)];
  // So far off that no constant is too large for a difference to show.
  return [...new Set([first - 1 - Math.abs(first), ...sorted, ...between, last + 1 + Math.abs(last)])];
}

/** How many points there are: one of each class of each attribute. */
export const pointsIn = (classes: Classes): number =>
  [...classes.values()].reduce((product, values) => product * values.length, 1);

/** Every point, as attributes that the rules can be asked about. */
export function* pointsOf(classes: Classes): Generator<Attributes> {
  const axes = [...classes];
  const total = pointsIn(classes);
  for (let number = 0; number < total; number += 1) {
    let rest = number;
    const point = axes.map(([attribute, values]) => {
      const value = values[rest % values.length] ?? other;
      rest = Math.floor(rest / values.length);
      return [attribute, value];
    });
    yield Object.fromEntries(point);
  }
}
