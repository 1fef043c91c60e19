import type { SubjectType } from '../../sdk/index.ts';
import { subjectTypes } from '../attributes.ts';
import { type Change, changesOf, type Sides, wording } from './changes.ts';
import { type Compared, comparedOf, couples } from './compared.ts';
import { allRules, type Ruled, ruledBy } from './holders.ts';
import type { Laid } from './laid.ts';
import { type LimitChange, limitChanges } from './limit-changes.ts';
import { Views } from './views.ts';

/** All that changes for somebody. */
export interface Difference {
  readonly who: string;
  readonly changes: readonly Change[];
  readonly limits: readonly LimitChange[];
}

export interface Diff {
  readonly differences: readonly Difference[];
  /** Bindings and roles that came or went, in sentences. */
  readonly notes: readonly string[];
  /** Questions that had too many classes of things to be answered. */
  readonly unproven: readonly string[];
}

interface Options {
  readonly destructive: ReadonlySet<string>;
}

/**
 * What people may do with the one policy and not with the other. Each role is compared with what everybody has beside it, then
 * everybody whose roles change, then two of these together: a deny of one role can close what another one opens, and no third is
 * ever needed for that.
 */
export function diff(before: Laid, after: Laid, { destructive }: Options): Diff {
  const views = new Views([...allRules(before), ...allRules(after)]);
  const { compared, notes } = comparedOf(before, after);
  const unproven: string[] = [];
  const look = ({ who, caller, ...roles }: Compared, asked: readonly Asked[]): Difference => ({
    who,
    limits: limitChanges(before, after, roles),
    changes: asked.flatMap(({ action, type, sides }) => {
      const question = { action, type, destructive: destructive.has(action) };
      const changes = changesOf(views, question, caller, sides);
      if (!changes) unproven.push(`${who}: ${action} on ${type}`);
      return changes ?? [];
    }),
  });
  const alone = compared.map((one) => {
    const asked = questions(before, after, one);
    return { one, asked: asked.map(keyOf), found: look(one, asked) };
  });
  const { pairs, left } = couples(alone);
  const together = pairs.map(([a, b, both]) => {
    const told = new Set([...a.found.changes, ...b.found.changes].map(senseOf));
    const touched = new Set([...a.asked, ...b.asked]);
    const asked = questions(before, after, both).filter((one) => touched.has(keyOf(one)));
    const { who, changes } = look(both, asked);
    // Of limits each holds by itself, so two roles change them no more than one of them does.
    return { who, changes: changes.filter((change) => !told.has(senseOf(change))), limits: [] };
  });
  if (left > 0) unproven.push(`${left} pairs of roles; only the first are compared`);
  const differences = [...particular(alone.map(({ found }) => found)), ...together];
  return {
    differences: differences.filter(({ changes, limits }) => changes.length + limits.length > 0),
    notes,
    unproven,
  };
}

/** What changes for everybody is not told again of each. */
function particular([everyone, ...others]: readonly Difference[]): readonly Difference[] {
  if (!everyone) return [];
  const general = new Set([...everyone.changes, ...everyone.limits].map((change) => JSON.stringify(change)));
  const isOwn = (change: Change | LimitChange) => !general.has(JSON.stringify(change));
  const rest = others.map(({ who, changes, limits }) => ({
    who,
    changes: changes.filter(isOwn),
    limits: limits.filter(isOwn),
  }));
  return [everyone, ...rest];
}

interface Asked {
  readonly action: string;
  readonly type: SubjectType;
  readonly sides: Sides;
}

const keyOf = ({ action, type }: { readonly action: string; readonly type: SubjectType }): string =>
  `${action} ${type}`;

/** What a pair need not say again: that there is more, or less, of the same. */
const senseOf = (change: Change): string =>
  `${keyOf(change)} ${change.direction === 'wider' || change.direction === 'weaker'}`;

/** What the two say differently of somebody, as far as words go: most rules are the same and need no look. */
const questions = (before: Laid, after: Laid, one: Compared): readonly Asked[] =>
  subjectTypes.flatMap((type) => {
    const actions = new Set([...before.vocabulary.actions[type], ...after.vocabulary.actions[type]]);
    return [...actions].sort().flatMap((action) => {
      const sides = sidesOf(before, after, one, action, type);
      return alike(sides) ? [] : [{ action, type, sides }];
    });
  });

const sidesOf = (before: Laid, after: Laid, one: Compared, action: string, type: SubjectType): Sides => ({
  before: ruledBy(before, one.before, action, type),
  after: ruledBy(after, one.after, action, type),
});

/** Whether the rules say the same: most do, and need no further look. */
const alike = ({ before, after }: Sides): boolean => sayings(before) === sayings(after);

const sayings = (rules: readonly Ruled[]): string => rules.map(wording).sort().join('\n');
