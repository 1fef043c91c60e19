import type { Rule } from '../rules.ts';
import { conditionText } from './condition-text.ts';
import { finding } from './finding.ts';
import type { Laid, Written } from './laid.ts';
import type { Problem } from './problem.ts';

interface Twin {
  readonly of: Written;
  readonly problem: Problem;
}

/** Rules that say, word for word, what an earlier one of their role says, or one of a role that theirs includes. */
export function duplicates({ roles }: Laid, written: readonly Written[]): ReadonlyMap<Written, Twin> {
  const alike = Map.groupBy(written, ({ kind, rules }) => [kind, ...rules.map(saying).sort()].join('\n'));
  const enough = (one: Written, other: Written, isEarlier: boolean) =>
    one.role === other.role ? isEarlier : roles.get(one.role)?.made.has(other.role) === true;
  return new Map(
    [...alike.values()].flatMap((all) =>
      all.flatMap((one, at) => {
        const other = all.find((candidate, place) => enough(one, candidate, place < at));
        const says = `says the same as ${other?.label}; one of them is enough`;
        return other ? [[one, { of: other, problem: finding('duplicate', 'warning', one, says) }] as const] : [];
      }),
    ),
  );
}

/** Everything that a rule says, in one way for all ways to write it. */
export const saying = ({ type, actions, conditions = [] }: Rule): string =>
  JSON.stringify([type, [...new Set(actions)].sort(), conditions.map(conditionText).sort()]);
