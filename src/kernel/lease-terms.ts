import type { Policy } from '../policy/index.ts';
import type { Principal } from '../sdk/index.ts';
import { ruleName, scopesOf } from './bounds.ts';

/** How long somebody's clusters may stay: of several rules the strictest, part by part. */
export interface Terms {
  readonly defaultH: number;
  readonly longestH?: number;
  readonly extensions?: number;
  readonly graceH: number;
  /** The rules they come from. */
  readonly rules: string;
}

/** `undefined` when no rule ends anything. */
export function leaseFor(policy: Policy, who: Principal, project: string): Terms | undefined {
  const all = policy
    .limits(who)
    .filter((limit) => scopesOf(limit, who, project).length > 0)
    .flatMap((limit) => (limit.lease ? [{ rule: ruleName(limit), ...limit.lease }] : []));
  if (all.length === 0) return undefined;
  const longestH = least(all.map(({ longestH }) => longestH));
  const extensions = least(all.map(({ extensions }) => extensions));
  return {
    defaultH: Math.min(...all.map(({ defaultH }) => defaultH), longestH ?? Number.POSITIVE_INFINITY),
    graceH: Math.min(...all.map(({ graceH }) => graceH)),
    ...(longestH !== undefined && { longestH }),
    ...(extensions !== undefined && { extensions }),
    rules: [...new Set(all.map(({ rule }) => rule))].join(', '),
  };
}

function least(numbers: readonly (number | undefined)[]): number | undefined {
  const given = numbers.filter((number) => number !== undefined);
  return given.length > 0 ? Math.min(...given) : undefined;
}
