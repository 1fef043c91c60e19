import type { SubjectType } from '../../sdk/index.ts';
import type { Attributes } from '../attributes.ts';
import { type Condition, holds } from '../conditions.ts';
import { compares, conditionText } from './condition-text.ts';
import { allRules, holdersOf, ruledBy } from './holders.ts';
import type { Laid, Written } from './laid.ts';
import { decidingOrder } from './order.ts';
import { anyCaller } from './space.ts';
import { Views } from './views.ts';

/** A rule as far as it is about the things in question. */
export interface Grant {
  readonly role: string;
  readonly rule: string;
  /** Conditions that are still open, as a `where` says them; '' when there are none. */
  readonly where: string;
  /** Who has the role, directly or as a part of another. */
  readonly bound: readonly string[];
}

export interface WhoCan {
  readonly allows: readonly Grant[];
  readonly denies: readonly Grant[];
  readonly confirms: readonly (Grant & { readonly level: string })[];
  /** Those who can in fact, for some such thing: no deny closes all of it. */
  readonly able: readonly string[];
}

/** Who may do this to things of this type, of which some attributes may be known. */
export function whoCan(laid: Laid, action: string, type: SubjectType, known: Attributes): WhoCan {
  const all = ruledBy(laid, [...laid.roles.keys()], action, type);
  const grants = all.flatMap(({ rule, written }) => {
    const where = open(rule.conditions ?? [], known);
    return where === undefined ? [] : [{ kind: rule.kind, ...grantOf(laid, written, where) }];
  });
  const of = (kind: 'allow' | 'deny') =>
    grants.filter((one) => one.kind === kind).map(({ kind: _, ...grant }) => grant);
  const confirms = grants.filter(({ kind }) => kind !== 'allow' && kind !== 'deny');
  return {
    allows: of('allow'),
    denies: of('deny'),
    confirms: confirms.map(({ kind, ...grant }) => ({ ...grant, level: kind })),
    able: able(laid, action, type, known),
  };
}

const grantOf = (laid: Laid, { role, label }: Written, where: string): Grant => ({
  ...{ role, rule: label, where },
  bound: laid.bindings.flatMap(({ role: bound, users, groups = [], agents }) => {
    if (!laid.roles.get(bound)?.made.has(role)) return [];
    const way = agents ? ` through ${agents.includes('*') ? 'any agent' : agents.join(', ')}` : '';
    const through = `${way}${bound === role ? '' : ` (as ${bound})`}`;
    const everybody = groups.length === 0 ? ['*'] : [];
    const named = (users ?? everybody).map((user) => (user === '*' ? 'everybody' : `user ${user}`));
    return [...named, ...groups.map((group) => `group ${group}`)].map((who) => `${who}${through}`);
  }),
});

/** What is left to be so; `undefined` when the things in question are not what it is about. Whoever is named may be the caller. */
function open(conditions: readonly Condition[], known: Attributes): string | undefined {
  const left: string[] = [];
  for (const condition of conditions) {
    const value = known[condition.attribute];
    const { me, constants, negated } = compares(condition);
    const mine = me && value !== undefined && !constants.includes(value);
    if (value === undefined || mine)
      left.push(mine ? `$me ${negated ? 'is not' : 'is'} ${value}` : conditionText(condition));
    else if (!holds(condition, value, anyCaller)) return undefined;
  }
  return left.join(', ');
}

function able(laid: Laid, action: string, type: SubjectType, known: Attributes): readonly string[] {
  const views = new Views(allRules(laid));
  return holdersOf(laid)
    .filter(({ bound }) => bound)
    .filter(({ as, caller }) =>
      callers(views, type, caller, known).some((name) => {
        const space = views.space(type, name);
        const from = space.pinned(known);
        const rules = decidingOrder(ruledBy(laid, as(name), action, type), 'permission');
        const parts = from ? views.parts(space, from, rules) : [];
        return parts === undefined || parts.some(({ by }) => by?.rule.kind === 'allow');
      }),
    )
    .map(({ who }) => who);
}

/** Whoever a thing is said to belong to may be the one who asks. */
function callers(views: Views, type: SubjectType, caller: string, known: Attributes): readonly string[] {
  const named = Object.values(known).filter((value) => typeof value === 'string');
  return caller === anyCaller ? [...views.callers(type, caller), ...named] : [caller];
}
