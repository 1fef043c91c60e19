import type { SubjectType } from '../../../src/sdk/index.ts';
import type { Dice } from '../random.ts';
import type { Operand, PolicyModel, RuleModel } from '../reference.ts';

/** Few attributes with few values, so that every class of things and everybody there can be is looked at. */
const values: Readonly<Record<string, readonly (string | boolean)[]>> = {
  owner: ['ana', 'bob', '$me'],
  project: ['shop', 'lab'],
  protected: [true, false],
  leased: [true, false],
  'tag:ci': [true, false],
};
export const actions = ['create', 'inspect', 'start', 'stop', 'destroy', 'crash'];
const types: readonly (SubjectType | SubjectType[])[] = [
  'vm',
  'cluster',
  ['vm', 'cluster'],
  ['cluster', 'vm', 'cluster'],
];

function randomRule(d: Dice, more: Partial<RuleModel> = {}): RuleModel {
  const rule = { actions: d.below(4) ? d.some(actions, 3) : ['*'], on: d.one(types), ...more };
  if (d.below(4) === 0) return rule;
  const operand = (from: readonly (string | boolean)[]): Operand =>
    d.one<Operand>([d.one(from), { in: d.some(from, 2) }, { ne: d.one(from) }]);
  const lines = d.some(Object.entries(values), 3).map(([name, from]) => [name, operand(from)]);
  return { ...rule, where: Object.fromEntries(lines) };
}

export const randomDeny = (d: Dice): RuleModel => randomRule(d, { reason: 'No.' });

/** Three roles in random shape; a role includes only those after it, so that there is no circle. */
export function smallPolicy(d: Dice): PolicyModel {
  const names = ['one', 'two', 'three'];
  const many = (most: number, make: () => RuleModel) => Array.from({ length: d.below(most) }, make);
  const roles = names.map((name, at) => {
    const include = names.slice(at + 1).filter(() => d.below(3) === 0);
    const confirm = many(3, () => randomRule(d, { level: d.one(['none', 'ack'] as const) }));
    return [
      name,
      { include, allow: many(4, () => randomRule(d)), deny: many(3, () => randomDeny(d)), confirm },
    ] as const;
  });
  const who = () => d.one([{ users: d.some(['ana', 'bob', '*'], 2) }, { groups: [d.one(['g', 'h'])] }]);
  const bindings = Array.from({ length: 1 + d.below(3) }, () => ({ role: d.one(names), ...who() }));
  return { version: 1, roles: Object.fromEntries(roles), bindings };
}
