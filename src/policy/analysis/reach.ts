import type { Rule } from '../rules.ts';
import { allRules, everybody, type Holder, type Ruled, ruledBy } from './holders.ts';
import type { Laid, Written } from './laid.ts';
import { decidingOrder, sideOf } from './order.ts';
import { common } from './regions.ts';
import type { Box, Space } from './space.ts';
import { anyCaller } from './space.ts';
import { Views } from './views.ts';

type Closed = 'shadowed' | 'unreachable';

/** Whether rules ever get to decide, whoever asks about whatever. */
export class Reach {
  readonly laid: Laid;
  readonly holders: readonly Holder[];
  readonly views: Views;

  constructor(laid: Laid, holders: readonly Holder[]) {
    this.laid = laid;
    this.holders = holders;
    this.views = new Views(allRules(laid));
  }

  /** Who has the rule: in its role alone, or as the bindings give it. */
  having({ role }: Written, where: 'own' | 'bound'): readonly Holder[] {
    const all = this.holders.filter(({ roles }) => roles.includes(role));
    const bound = all.filter((holder) => holder.bound);
    if (where === 'bound') return bound.length > 0 ? bound : all;
    const made = this.laid.roles.get(role)?.made ?? new Set<string>();
    return [{ ...everybody(this.laid), roles: [...made], as: () => [...made] }];
  }

  /** The rules that leave nothing to this one; `undefined` as soon as somebody is found for whom it decides something. */
  closedBy(one: Written, how: Closed, where: 'own' | 'bound' = 'bound'): string | undefined {
    const having = this.having(one, where);
    if (having.some((holder) => isOpen(this, one, holder, how))) return undefined;
    const [holder] = having;
    const names = holder ? one.rules.flatMap((rule) => coverers(this, one, rule, holder, how)) : [];
    return [...new Set(names)].slice(0, 3).join(', ') || undefined;
  }
}

/** Whether the rule decides anything at all for these people. */
export function isOpen(reach: Reach, one: Written, holder: Holder, how: Closed): boolean {
  return looks(reach, one, holder).some(({ rule, action, space, box, roles }) => {
    const others = stronger(reach, one, { rule, action, roles }, how).map((other) => other.rule);
    return reach.views.beyond(space, box, others) !== undefined;
  });
}

interface Look {
  readonly rule: Rule;
  readonly action: string;
  readonly space: Space;
  readonly box: Box;
  readonly roles: readonly string[];
}

/** Every way in which the rule could be asked for. */
const looks = ({ views }: Reach, { rules }: Written, { caller, as }: Holder): readonly Look[] =>
  rules.flatMap((rule) =>
    views.callers(rule.type, caller).flatMap((name) => {
      const space = views.space(rule.type, name);
      const box = space.boxOf(rule);
      return box ? rule.actions.map((action) => ({ rule, action, space, box, roles: as(name) })) : [];
    }),
  );

/** The rules that come before this one, for people with these roles. */
function stronger(
  { laid }: Reach,
  one: Written,
  { rule, action, roles }: Pick<Look, 'rule' | 'action' | 'roles'>,
  how: Closed,
): readonly Ruled[] {
  const all = ruledBy(laid, roles, action, rule.type);
  if (how === 'shadowed') return all.filter((other) => other.rule.kind === 'deny');
  const ordered = decidingOrder(all, sideOf(rule.kind));
  return ordered.slice(
    0,
    ordered.findIndex(({ written, rule: other }) => written === one && other === rule),
  );
}

function coverers(reach: Reach, one: Written, rule: Rule, holder: Holder, how: Closed): readonly string[] {
  const space = reach.views.space(rule.type, holder.caller);
  const box = space.boxOf(rule);
  const others = rule.actions.flatMap((action) => stronger(reach, one, { rule, action, roles: holder.roles }, how));
  const meets = others.filter((other) => {
    const boxed = space.boxOf(other.rule);
    return box && boxed && common(box, boxed);
  });
  return meets.map(({ written }) => written.name);
}

/** Whether its conditions contradict each other, for whatever it is about. */
export const neverMatches = ({ views }: Reach, { rules }: Written): boolean =>
  rules.every((rule) =>
    views.callers(rule.type, anyCaller).every((caller) => views.space(rule.type, caller).boxOf(rule) === undefined),
  );

/** Whether nobody who has the rule is ever allowed what it asks about, whatever other roles they may have. */
export function idleConfirm(reach: Reach, one: Written): boolean {
  const { laid, views } = reach;
  return !reach.having(one, 'bound').some((holder) =>
    looks(reach, one, holder).some(({ rule, action, space, box, roles: has }) =>
      [...laid.roles.values()].some(({ made }) => {
        const rules = ruledBy(laid, [...new Set([...has, ...made])], action, rule.type);
        const denies = rules.filter((other) => other.rule.kind === 'deny').map((other) => other.rule);
        return rules.some(({ rule: allow }) => {
          const boxed = allow.kind === 'allow' ? space.boxOf(allow) : undefined;
          const both = boxed && common(box, boxed);
          return both !== undefined && views.beyond(space, both, denies) !== undefined;
        });
      }),
    ),
  );
}
