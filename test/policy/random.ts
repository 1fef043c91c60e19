import { stringify } from 'yaml';
import type { SubjectType } from '../../src/sdk/index.ts';
import type { Asked, Operand, PolicyModel, RoleModel, RuleModel } from './reference.ts';
import { attributes, person } from './support.ts';

/** The same numbers for the same seed, so that a failure can be looked at again. */
export function dice(seed: number) {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  // A linear congruence; its low bits hardly change, so only the high ones are used.
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    below,
    one: <T>(from: readonly T[]): T => from[below(from.length)] as T,
    some: <T>(from: readonly T[], most: number): T[] =>
      Array.from({ length: 1 + below(most) }, () => from[below(from.length)] as T),
  };
}

export type Dice = ReturnType<typeof dice>;

const values: Readonly<Record<string, readonly (string | boolean)[]>> = {
  owner: ['ana', 'bob', '$me'],
  project: ['shop', 'lab'],
  protected: [true, false],
  leased: [true, false],
  'tag:ci': [true, false],
};
const actions = ['create', 'inspect', 'start', 'stop', 'destroy', 'crash'];
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
export function randomPolicy(d: Dice): PolicyModel {
  const names = ['one', 'two', 'three'];
  const roles = names.map((name, at): [string, RoleModel] => [
    name,
    {
      include: names.slice(at + 1).filter(() => d.below(3) === 0),
      allow: Array.from({ length: d.below(4) }, () => randomRule(d)),
      deny: Array.from({ length: d.below(3) }, () => randomDeny(d)),
      confirm: Array.from({ length: d.below(3) }, () =>
        randomRule(d, { level: d.one(['none', 'ack', 'human', 'two-person'] as const) }),
      ),
    },
  ]);
  const who = () => d.one([{ users: d.some(['ana', 'bob', '*'], 2) }, { groups: [d.one(['g', 'h'])] }]);
  const bindings = Array.from({ length: 1 + d.below(3) }, () => ({ role: d.one(names), ...who() }));
  return { version: 1, roles: Object.fromEntries(roles), bindings };
}

/** As a file; the language has no aliases. */
export const written = (model: PolicyModel): string => stringify(model, { aliasDuplicateObjects: false });

export function randomAsked(d: Dice): Asked {
  const type = d.one(['vm', 'cluster'] as const);
  const drawn = Object.entries(values).map(([name, from]) => [name, d.one(from.filter((value) => value !== '$me'))]);
  const { 'tag:ci': ci, ...rest } = Object.fromEntries(drawn);
  const tagged = d.below(2) ? { ...rest, 'tag:ci': ci } : rest;
  const who = person(d.one(['ana', 'bob', 'eve']), ...d.one([[], ['g'], ['g', 'h']]));
  return { who, action: d.one(actions), type, attributes: attributes(type, tagged) };
}
