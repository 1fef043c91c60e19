import type { Scalar } from '../attributes.ts';
import type { Between, Condition } from '../conditions.ts';

/** What a condition compares with: the constants, and whether the caller's own name is among them. */
export interface Compares {
  readonly constants: readonly Scalar[];
  readonly me: boolean;
  readonly negated: boolean;
}

/** The one place here that knows how conditions are made. */
export function compares(condition: Condition): Compares {
  if ('values' in condition) {
    const { values, me, negated } = condition;
    return { constants: [...values], me, negated };
  }
  return { constants: [condition.above, condition.below].filter(Number.isFinite), me: false, negated: false };
}

/** One line of a `where`, as a file would say it. */
export function conditionText(condition: Condition): string {
  if ('above' in condition) return `${condition.attribute}: { ${bounds(condition).join(', ')} }`;
  const { constants, me, negated } = compares(condition);
  const words = [...(me ? ['$me'] : []), ...constants.map((value) => (value === '' ? "''" : String(value)))];
  const set = words.length === 1 ? `${words[0]}` : `[${words.toSorted().join(', ')}]`;
  if (negated) return `${condition.attribute}: { ne: ${set} }`;
  return `${condition.attribute}: ${words.length === 1 ? set : `{ in: ${set} }`}`;
}

const bounds = ({ above, below }: Between): readonly string[] => [
  ...(Number.isFinite(above) ? [`gt: ${above}`] : []),
  ...(Number.isFinite(below) ? [`lt: ${below}`] : []),
];
