import type { ConfirmLevel } from '../levels.ts';
import type { Policy } from '../policy.ts';
import { unsaid } from './answers.ts';
import { wholeThing } from './defaults.ts';
import type { Laid, Written } from './laid.ts';
import type { Case } from './table.ts';

export interface Failure {
  readonly case: Case;
  /** What was decided instead: the answer, and the rule that gave it. */
  readonly got: string;
  readonly rule: string;
}

export interface Run {
  readonly failures: readonly Failure[];
  /** Labels of the rules that decided something, or made somebody be asked. */
  readonly exercised: ReadonlySet<string>;
}

/** Asks the policy every row. */
export function runTable(policy: Policy, cases: readonly Case[], destructive: ReadonlySet<string>): Run {
  const exercised = new Set<string>();
  const failures = cases.flatMap((one): readonly Failure[] => {
    const { effect, rule, confirm, confirmRule } = decided(policy, one);
    for (const label of [rule, confirmRule]) if (label !== undefined) exercised.add(label);
    const level: ConfirmLevel = confirm ?? unsaid(destructive.has(one.action));
    const right = one.expect === 'allow' ? effect === 'allow' : one.expect === (effect === 'deny' ? 'deny' : level);
    const named = one.rule === undefined || [rule, confirmRule].some((label) => label?.endsWith(` ${one.rule}`));
    if (right && named) return [];
    const asked = effect === 'allow' && level !== 'none' ? `, asked: ${level}` : '';
    return [{ case: one, got: `${effect}${asked}`, rule: [rule, confirmRule].filter(Boolean).join(', ') }];
  });
  return { failures, exercised };
}

const decided = (policy: Policy, { who, action, thing: { type, attributes } }: Case) =>
  policy.decide(who, action, type, wholeThing(type, attributes, who.user));

export interface Coverage {
  readonly rules: number;
  readonly exercised: number;
  /** Of 100; 100 when there is no rule. */
  readonly percent: number;
  readonly never: readonly Written[];
}

/** Which rules of these policies no row has asked for. One that several policies hold counts once. */
export function coverageOf(policies: readonly Laid[], exercised: ReadonlySet<string>): Coverage {
  const written = policies.flatMap(({ roles }) => [...roles.values()].flatMap((role) => role.written));
  const all = [...new Map(written.map((one) => [`${one.label} ${one.place.column}`, one])).values()];
  const never = all.filter(({ label }) => !exercised.has(label));
  const done = all.length - never.length;
  return { rules: all.length, exercised: done, percent: all.length === 0 ? 100 : (100 * done) / all.length, never };
}
