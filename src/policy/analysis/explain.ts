import type { Principal, SubjectType } from '../../sdk/index.ts';
import type { Attributes } from '../attributes.ts';
import { holds } from '../conditions.ts';
import type { Decision } from '../engine.ts';
import type { ConfirmLevel } from '../levels.ts';
import { type Answer, unsaid } from './answers.ts';
import { conditionText } from './condition-text.ts';
import { type Ruled, ruledBy } from './holders.ts';
import type { Laid } from './laid.ts';
import { decidingOrder } from './order.ts';
import { sampleText, spaceOf } from './space.ts';

export interface Question {
  readonly who: Principal;
  readonly action: string;
  readonly type: SubjectType;
  readonly attributes: Attributes;
  /** Whether the action destroys something. */
  readonly destructive: boolean;
}

/** An allow rule that is not about this thing, and why. */
export interface Miss {
  readonly rule: string;
  readonly wants: readonly { readonly condition: string; readonly is: string }[];
}

/** What would be answered if one thing were different. */
export interface Otherwise {
  /** `protected: false`, or `role admin`. */
  readonly change: string;
  readonly answer: Answer;
}

export interface Explanation {
  readonly decision: Decision;
  readonly level: ConfirmLevel;
  readonly roles: readonly string[];
  /** Fewest conditions first; only where nothing allows it. */
  readonly misses: readonly Miss[];
  readonly otherwise: readonly Otherwise[];
}

const mostMisses = 3;

/** Why it is decided so, what came nearest, and what would change it. */
export function explain(laid: Laid, question: Question): Explanation {
  const { who, action, type, attributes, destructive } = question;
  const decision = laid.policy.decide(who, action, type, attributes);
  const roles = laid.policy.roles(who);
  const rules = ruledBy(laid, roles, action, type);
  const level = decision.effect === 'deny' ? 'none' : (decision.confirm ?? unsaid(destructive));
  const unallowed = !rules.some((one) => one.rule.kind === 'allow' && isAbout(one, who, attributes));
  return {
    ...{ decision, level, roles },
    misses: unallowed ? missesOf(rules, question) : [],
    otherwise: [...turned(rules, question), ...(decision.effect === 'deny' ? moreRoles(laid, roles, question) : [])],
  };
}

const isAbout = ({ rule }: Ruled, { user }: Principal, attributes: Attributes): boolean =>
  (rule.conditions ?? []).every((one) => holds(one, attributes[one.attribute] ?? false, user));

function missesOf(rules: readonly Ruled[], { who, attributes }: Question): readonly Miss[] {
  const misses = rules
    .filter(({ rule }) => rule.kind === 'allow')
    .map(({ rule }) => ({
      rule: rule.label,
      wants: (rule.conditions ?? [])
        .filter((one) => !holds(one, attributes[one.attribute] ?? false, who.user))
        .map((one) => ({ condition: conditionText(one), is: String(attributes[one.attribute] ?? false) })),
    }));
  return misses.sort((a, b) => a.wants.length - b.wants.length).slice(0, mostMisses);
}

/** Every single attribute that, being another, gets another answer. */
function turned(rules: readonly Ruled[], question: Question): readonly Otherwise[] {
  const { who, type, attributes } = question;
  const now = answerTo(rules, question);
  const space = spaceOf(
    type,
    rules.map(({ rule }) => rule),
    who.user,
  );
  return space.axes.flatMap(({ attribute, samples }) => {
    const is = attributes[attribute] ?? false;
    return samples
      .filter((sample) => sample !== is)
      .flatMap((sample): readonly Otherwise[] => {
        const answer = answerTo(rules, { ...question, attributes: { ...attributes, [attribute]: sample } });
        const differs = answer.effect !== now.effect || answer.level !== now.level;
        return differs ? [{ change: `${attribute}: ${sampleText(sample, space)}`, answer }] : [];
      });
  });
}

/** Roles that they lack and that would let them. */
const moreRoles = (laid: Laid, roles: readonly string[], question: Question): readonly Otherwise[] =>
  [...laid.roles.values()]
    .filter(({ name }) => !roles.includes(name))
    .map(({ name, made }) => {
      const rules = ruledBy(laid, [...roles, ...made], question.action, question.type);
      return { change: `role ${name}`, answer: answerTo(rules, question) };
    })
    .filter(({ answer }) => answer.effect === 'allow');

/** What these rules say of one thing. */
export function answerTo(rules: readonly Ruled[], { who, attributes, destructive }: Question): Answer {
  const about = rules.filter((one) => isAbout(one, who, attributes));
  const [first] = decidingOrder(about, 'permission');
  const rule = first?.rule.label ?? '(default deny)';
  if (first?.rule.kind !== 'allow') return { effect: 'deny', rule, level: 'none' };
  const [asks] = decidingOrder(about, 'confirmation');
  if (!asks) return { effect: 'allow', rule, level: unsaid(destructive) };
  return { effect: 'allow', rule, level: asks.rule.kind as ConfirmLevel, confirmRule: asks.rule.label };
}
