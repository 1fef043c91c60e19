import type { Attributes, ConfirmLevel } from '../../src/policy/index.ts';
import type { Principal, SubjectType } from '../../src/sdk/index.ts';

type Scalar = string | number | boolean;
export type Operand = Scalar | { in: Scalar[] } | { ne: Scalar } | { gt?: number; lt?: number };

export interface RuleModel {
  actions: string[];
  on: SubjectType | SubjectType[];
  where?: Record<string, Operand>;
  reason?: string;
  level?: ConfirmLevel;
}

export interface RoleModel {
  include?: string[];
  allow: RuleModel[];
  deny: RuleModel[];
  confirm: RuleModel[];
}

export interface PolicyModel {
  version: 1;
  roles: Record<string, RoleModel>;
  bindings: { role: string; users?: string[]; groups?: string[]; agents?: string[] }[];
}

export interface Asked {
  who: Principal;
  action: string;
  type: SubjectType;
  attributes: Attributes;
}

/** The language read word by word, as slowly as it is said in docs/policy.md. */
export function reference(model: PolicyModel, asked: Asked): { effect: string; confirm: string | undefined } {
  const roles = rolesOf(model, asked.who).map((name) => model.roles[name]);
  const some = (list: 'allow' | 'deny' | 'confirm', level?: string) =>
    roles.some((role) => role?.[list].some((rule) => rule.level === level && fits(rule, asked)));
  const effect = !some('deny') && some('allow') ? 'allow' : 'deny';
  const strongestFirst = ['two-person', 'human', 'ack', 'none'];
  const confirm = strongestFirst.find((level) => some('confirm', level));
  return { effect, confirm: effect === 'allow' ? confirm : undefined };
}

function rolesOf(model: PolicyModel, { user, groups, via, agent }: Principal): string[] {
  if (via === 'system') return [];
  const isPerson = ({ users, groups: of }: PolicyModel['bindings'][number]) =>
    (!users && !of) || users?.includes(user) || users?.includes('*') || of?.some((group) => groups.includes(group));
  const isThrough = (agents: string[]) => agents.some((name) => name === '*' || name === agent);
  const isBound = (binding: PolicyModel['bindings'][number]) =>
    isPerson(binding) && (!binding.agents || isThrough(binding.agents));
  const reach = (name: string): string[] => [name, ...(model.roles[name]?.include ?? []).flatMap(reach)];
  return model.bindings.filter(isBound).flatMap(({ role }) => reach(role));
}

function fits({ actions, on, where = {} }: RuleModel, { who, action, type, attributes }: Asked): boolean {
  if (!(Array.isArray(on) ? on : [on]).includes(type)) return false;
  if (!actions.includes('*') && !actions.includes(action)) return false;
  const meant = (value: Scalar) => (value === '$me' ? who.user : value);
  return Object.entries(where).every(([name, operand]) => {
    const value = name.startsWith('tag:') && !(name in attributes) ? false : attributes[name];
    if (typeof operand !== 'object') return value === meant(operand);
    if ('gt' in operand || 'lt' in operand) {
      const { gt, lt } = operand as { gt?: number; lt?: number };
      return (gt === undefined || Number(value) > gt) && (lt === undefined || Number(value) < lt);
    }
    return 'in' in operand
      ? operand.in.some((one) => value === meant(one))
      : value !== meant((operand as { ne: Scalar }).ne);
  });
}
