import { preparsePolicySet, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs';
import type { ConfirmLevel } from '../../src/policy/index.ts';
import type { Asked, Operand, PolicyModel, RuleModel } from './reference.ts';

type Scalar = string | number | boolean;
type Binding = PolicyModel['bindings'][number];

const strongestFirst = ['two-person', 'human', 'ack', 'none'] as const;

/** A policy in the words of another engine, which has its own parser, its own deny-overrides and its own proofs. */
export interface Translated {
  readonly allow: string;
  /** One set for each level, strongest first. */
  readonly asked: readonly (readonly [ConfirmLevel, string])[];
}

/** Every rule once for each binding that brings it: permits and forbids in one set, who is asked in two of permits alone. */
export function translated(model: PolicyModel): Translated {
  const reach = (name: string): string[] => [name, ...(model.roles[name]?.include ?? []).flatMap(reach)];
  const of = (write: (binding: Binding, role: string) => string[]): string =>
    model.bindings.flatMap((binding) => reach(binding.role).flatMap((role) => write(binding, role))).join('\n');
  const asking = (wanted: string) =>
    of((binding, role) =>
      (model.roles[role]?.confirm ?? [])
        .filter(({ level }) => level === wanted)
        .flatMap((rule) => policies('permit', binding, rule)),
    );
  return {
    allow: of((binding, role) => [
      ...(model.roles[role]?.allow ?? []).flatMap((rule) => policies('permit', binding, rule)),
      ...(model.roles[role]?.deny ?? []).flatMap((rule) => policies('forbid', binding, rule)),
    ]),
    asked: strongestFirst.map((level) => [level, asking(level)]),
  };
}

function policies(effect: 'permit' | 'forbid', binding: Binding, { actions, on, where = {} }: RuleModel): string[] {
  const action = actions.includes('*')
    ? 'action'
    : `action in [${actions.map((one) => `Action::"${one}"`).join(', ')}]`;
  const conditions = [whoOf(binding), ...Object.entries(where).map(([name, operand]) => lineOf(name, operand))];
  return [on]
    .flat()
    .map((type) => `${effect}(principal, ${action}, resource is ${type}) when { ${conditions.join(' && ')} };`);
}

function whoOf({ users, groups, agents }: Binding): string {
  const users_ = (users ?? []).map((user) => (user === '*' ? 'true' : `principal == User::"${user}"`));
  const people = [...users_, ...(groups ?? []).map((group) => `principal in Group::"${group}"`)];
  const through = (agents ?? []).map((agent) =>
    agent === '*' ? 'true' : `(context.claims && context.agent == "${agent}")`,
  );
  const any = (parts: readonly string[]) => `(${parts.join(' || ')})`;
  return ['context.came', any(users || groups ? people : ['true']), ...(agents ? [any(through)] : [])].join(' && ');
}

function lineOf(name: string, operand: Operand): string {
  const attribute = `resource["${name}"]`;
  const value = name.startsWith('tag:') ? `(if resource has "${name}" then ${attribute} else false)` : attribute;
  const said = (scalar: Scalar) => (scalar === '$me' ? 'principal.name' : JSON.stringify(scalar));
  if (typeof operand !== 'object') return `${value} == ${said(operand)}`;
  if ('in' in operand) return `[${operand.in.map(said).join(', ')}].contains(${value})`;
  if ('ne' in operand) return `${value} != ${said(operand.ne)}`;
  const bounds = [
    operand.gt === undefined ? [] : [`${value} > ${operand.gt}`],
    operand.lt === undefined ? [] : [`${value} < ${operand.lt}`],
  ];
  return bounds.flat().join(' && ');
}

let sets = 0;

/** Something that answers as the engine does that was told these policies. */
export function cedar(model: PolicyModel): (asked: Asked) => { effect: string; confirm: string | undefined } {
  const texts = translated(model);
  const allowed = loaded(texts.allow);
  const levels = texts.asked.map(([level, text]) => [level, loaded(text)] as const);
  return (asked) => {
    if (!permits(allowed, asked)) return { effect: 'deny', confirm: undefined };
    return {
      effect: 'allow',
      confirm: levels.find(([, set]) => permits(set, asked))?.[0],
    };
  };
}

function loaded(staticPolicies: string): string {
  const id = `set-${sets++}`;
  const answer = preparsePolicySet(id, { staticPolicies });
  if (answer.type === 'failure') throw new Error(`${answer.errors[0]?.message}\n${staticPolicies}`);
  return id;
}

function permits(
  preparsedPolicySetId: string,
  { who: { user, groups, via, agent }, action, type, attributes }: Asked,
): boolean {
  const [principal, resource] = [
    { type: 'User', id: user },
    { type, id: 'it' },
  ];
  const answer = statefulIsAuthorized({
    ...{ preparsedPolicySetId, principal, resource, action: { type: 'Action', id: action } },
    context: { came: via !== 'system', claims: agent !== undefined, agent: agent ?? '' },
    entities: [
      { uid: principal, attrs: { name: user }, parents: groups.map((id) => ({ type: 'Group', id })) },
      { uid: resource, attrs: { ...attributes }, parents: [] },
    ],
  });
  if (answer.type === 'failure') throw new Error(answer.errors[0]?.message);
  const [wrong] = answer.response.diagnostics.errors;
  if (wrong) throw new Error(wrong.error.message);
  return answer.response.decision === 'allow';
}
