import type { Limit } from '../limits.ts';
import type { Laid } from './laid.ts';

/** A number that some limit sets, and that is another one, or none, afterwards. */
export interface LimitChange {
  readonly direction: 'wider' | 'narrower';
  /** `vms per person`, `lease.default_h per group os-course`. */
  readonly what: string;
  /** The strictest; absent when there is no limit. */
  readonly before?: number;
  readonly after?: number;
}

interface Sides {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** How much more or less people with these roles may have. Of several limits on the same the strictest counts. */
export function limitChanges(before: Laid, after: Laid, roles: Sides): readonly LimitChange[] {
  const old = strictest(limitsOf(before, roles.before));
  const now = strictest(limitsOf(after, roles.after));
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((what): readonly LimitChange[] => {
    const [was, is] = [old.get(what), now.get(what)];
    if (was === is) return [];
    const direction = (is ?? Number.POSITIVE_INFINITY) > (was ?? Number.POSITIVE_INFINITY) ? 'wider' : 'narrower';
    return [{ direction, what, ...(was !== undefined && { before: was }), ...(is !== undefined && { after: is }) }];
  });
}

const limitsOf = ({ roles }: Laid, names: readonly string[]): readonly Limit[] =>
  names.flatMap((name) => roles.get(name)?.limits ?? []);

function strictest(limits: readonly Limit[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const limit of limits)
    for (const [what, most] of numbersOf(limit))
      found.set(what, Math.min(most, found.get(what) ?? Number.POSITIVE_INFINITY));
  return found;
}

function numbersOf({ per, only, most, callsPerMinute, lease }: Limit): readonly (readonly [string, number])[] {
  const said: readonly (readonly [string, number | undefined])[] = [
    ...Object.entries(most),
    ['calls_per_minute', callsPerMinute],
    ['lease.default_h', lease?.defaultH],
    ['lease.longest_h', lease?.longestH],
    ['lease.extensions', lease?.extensions],
    ['lease.grace_h', lease?.graceH],
  ];
  const whose = only === undefined ? `per ${per}` : `of the ${per} ${only}`;
  return said.flatMap(([what, number]) => (number === undefined ? [] : [[`${what} ${whose}`, number] as const]));
}
