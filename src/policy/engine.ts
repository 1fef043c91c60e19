import { Ability, type RawRuleFrom } from '@casl/ability';
import type { Principal, SubjectType } from '../sdk/index.ts';
import type { Attributes } from './attributes.ts';
import { type Condition, holds } from './conditions.ts';
import { type ConfirmLevel, confirmLevels } from './levels.ts';
import type { Kind, Rule } from './rules.ts';
import { flaw, Thing } from './thing.ts';

export interface Decision {
  readonly effect: 'allow' | 'deny';
  /** `file:line id` of the rule that decided, or in brackets why none did. */
  readonly rule: string;
  /** The rule's own sentence. */
  readonly reason?: string;
  /** Whether to ask before it is done; absent when the policy does not say. */
  readonly confirm?: ConfirmLevel;
  /** The rule that says so. */
  readonly confirmRule?: string;
}

type Tuple = [action: string, subject: SubjectType | Thing];
type Conditions = readonly Condition[];
type Casl = Ability<Tuple, Conditions>;

/** The rules of some roles, ready to be asked. */
export interface Engine {
  decide(who: Principal, action: string, type: SubjectType, attributes: Attributes): Decision;
  mayEver(action: string, type: SubjectType): boolean;
}

export function engine(rules: readonly Rule[]): Engine {
  const labels = new Map<object, Rule>();
  const permission = ability(rules, ['allow', 'deny'], labels);
  const confirmation = ability(rules, confirmLevels, labels);
  const ruleFor = (casl: Casl, action: string, what: Thing) => {
    const rule = casl.relevantRuleFor(action, what);
    return rule ? labels.get(rule.origin) : undefined;
  };
  return {
    decide({ user }, action, type, attributes) {
      const wrong = flaw(type, attributes);
      if (wrong !== undefined) return { effect: 'deny', rule: `(${wrong})` };
      const what = new Thing(type, user, attributes);
      const rule = ruleFor(permission, action, what);
      if (!rule) return { effect: 'deny', rule: '(default deny)' };
      const { label, reason } = rule;
      const decided = { rule: label, ...(reason === undefined ? {} : { reason }) };
      if (rule.kind !== 'allow') return { effect: 'deny', ...decided };
      return { effect: 'allow', ...decided, ...asked(ruleFor(confirmation, action, what)) };
    },
    mayEver(action, type) {
      const possible = permission.possibleRulesFor(action, type);
      return possible.some(({ inverted }) => !inverted) && !possible.some((r) => r.inverted && !r.conditions);
    },
  };
}

const asked = (rule: Rule | undefined): Pick<Decision, 'confirm' | 'confirmRule'> => {
  const confirm = confirmLevels.find((level) => level === rule?.kind);
  return rule && confirm ? { confirm, confirmRule: rule.label } : {};
};

/**
 * CASL lets the last rule that matches win: the weaker kind goes first, so that no order in a file can open a door, and
 * within a kind the file's first rule goes last, so that it is the one that is named.
 */
function ability(rules: readonly Rule[], weakerFirst: readonly Kind[], labels: Map<object, Rule>): Casl {
  const ordered = weakerFirst.flatMap((kind) => rules.filter((rule) => rule.kind === kind).reverse());
  const raw = ordered.map((rule) => {
    const { actions, type, kind, conditions } = rule;
    const inverted = kind === 'deny';
    const one: RawRuleFrom<Tuple, Conditions> = {
      action: [...actions],
      subject: type,
      inverted,
      ...(conditions && { conditions }),
    };
    labels.set(one, rule);
    return one;
  });
  return new Ability<Tuple, Conditions>(raw, {
    conditionsMatcher: (conditions) => (what) => {
      const thing = what as Thing;
      return conditions.every((condition) => holds(condition, thing.value(condition.attribute), thing.caller));
    },
    // The kernel's word: CASL's own would believe a `__caslSubjectType__` in the data.
    detectSubjectType: (what) => (what as Thing).type,
    // CASL's magic words, moved to where no action and no type can be.
    ...{ anyAction: '\0any', anySubjectType: '\0any' },
  });
}
