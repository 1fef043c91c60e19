import { stringify } from 'yaml';
import { attributeTypes, type ConfirmLevel } from '../../src/policy/index.ts';
import type { Principal, SubjectType } from '../../src/sdk/index.ts';
import type { Asked, Operand, PolicyModel, RoleModel, RuleModel } from './reference.ts';
import { attributes } from './support.ts';

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
type Values = readonly (string | number | boolean)[];

/** What rules say of attributes, and what things have. */
export const values = {
  owner: ['ana', 'bob', '$me'],
  project: ['shop', 'lab'],
  name: ['web-1', '$me'],
  protected: [true, false],
  leased: [true, false],
  'tag:ci': [true, false],
  vcpus: [2, 4, 8],
  kind: ['vm', 'container'],
  status: ['running', 'done'],
  shared: ['none', 'use'],
  trashed: [true, false],
} as const satisfies Readonly<Record<string, Values>>;
type Name = keyof typeof values;

export const ofType: Readonly<Record<SubjectType, readonly Name[]>> = {
  vm: ['owner', 'project', 'protected', 'leased', 'tag:ci', 'vcpus', 'kind', 'shared'],
  cluster: ['owner', 'project', 'protected', 'trashed', 'tag:ci'],
  job: ['owner', 'project', 'status'],
  host: ['name'],
  lab: ['name'],
};
const actionsOf: Readonly<Record<SubjectType, readonly string[]>> = {
  vm: ['create', 'inspect', 'start', 'stop', 'destroy', 'crash'],
  cluster: ['create', 'inspect', 'start', 'stop', 'destroy', 'crash'],
  job: ['inspect', 'cancel'],
  host: ['inspect'],
  lab: ['inspect'],
};
const on: readonly (SubjectType | SubjectType[])[] = [
  ...(['vm', 'cluster', 'job', 'host', 'lab'] as const),
  ...[['vm', 'cluster'] as SubjectType[], ['cluster', 'vm', 'cluster'] as SubjectType[]],
];
const main: typeof on = ['vm', 'cluster', ['vm', 'cluster']];

const common = <T>(lists: readonly (readonly T[])[]): T[] =>
  (lists[0] ?? []).filter((item) => lists.every((list) => list.includes(item)));

function randomRule(d: Dice, more: Partial<RuleModel> = {}): RuleModel {
  const type = d.below(4) ? d.one(main) : d.one(on);
  const types = [type].flat();
  const rule = {
    actions: d.below(4) ? d.some(common(types.map((one) => actionsOf[one])), 3) : ['*'],
    on: type,
    ...more,
  };
  if (d.below(4) === 0) return rule;
  const names = d.some(common(types.map((one) => ofType[one])), 3);
  return { ...rule, where: Object.fromEntries(names.map((name) => [name, operand(d, values[name])])) };
}

function operand(d: Dice, from: Values): Operand {
  const [first] = from;
  if (typeof first !== 'number' || d.below(2))
    return d.one<Operand>([d.one(from), { in: d.some(from, 2) }, { ne: d.one(from) }]);
  const at = Number(d.one(from));
  return d.one<Operand>([{ gt: at }, { lt: at }, { gt: at, lt: 10 }]);
}

export const randomAllow = (d: Dice): RuleModel => randomRule(d);
export const randomDeny = (d: Dice): RuleModel => randomRule(d, { reason: 'No.' });
const randomAsk = (d: Dice, levels: readonly ConfirmLevel[]): RuleModel => randomRule(d, { level: d.one(levels) });

/** Three roles in random shape, of which one includes only those after it, so that there is no circle; and one that only takes away. */
export function randomPolicy(d: Dice): PolicyModel {
  const names = ['one', 'two', 'three'];
  const list = (most: number, make: () => RuleModel) => Array.from({ length: d.below(most) }, make);
  const roles = names.map((name, at): [string, RoleModel] => [
    name,
    {
      include: names.slice(at + 1).filter(() => d.below(3) === 0),
      allow: list(4, () => randomAllow(d)),
      deny: list(3, () => randomDeny(d)),
      confirm: list(3, () => randomAsk(d, ['none', 'ack', 'human', 'two-person'])),
    },
  ]);
  const strict = {
    allow: [],
    deny: list(2, () => randomDeny(d)),
    confirm: list(3, () => randomAsk(d, ['ack', 'human'])),
  };
  const who = () => d.one([{ users: d.some(['ana', 'bob', '*'], 2) }, { groups: [d.one(['g', 'h'])] }]);
  const bindings: PolicyModel['bindings'] = Array.from({ length: 1 + d.below(3) }, () => ({
    role: d.one(names),
    ...who(),
  }));
  const agents = { role: 'strict', agents: [d.one(['claude', 'cursor', '*'])], ...d.one([{}, who()]) };
  return {
    version: 1,
    roles: { ...Object.fromEntries(roles), strict },
    bindings: d.below(2) ? bindings : [...bindings, agents],
  };
}

/** As a file; the language has no aliases. */
export const written = (model: PolicyModel): string => stringify(model, { aliasDuplicateObjects: false });

export function randomPerson(d: Dice): Principal {
  const via = d.below(8) ? 'stdio' : d.one(['cli', 'system'] as const);
  const agent = d.one([undefined, 'claude', 'cursor', '*']);
  const who = { user: d.one(['ana', 'bob', 'eve']), groups: d.one([[], ['g'], ['g', 'h']]), via } as const;
  return agent === undefined ? who : { ...who, agent };
}

export function randomAsked(d: Dice): Asked {
  const type = d.below(4) ? d.one(['vm', 'cluster'] as const) : d.one(['job', 'host', 'lab'] as const);
  const drawn = ofType[type].map((name) => {
    const from: Values = values[name];
    return [name, typeof from[0] === 'number' ? d.below(10) : d.one(from.filter((value) => value !== '$me'))];
  });
  const { 'tag:ci': ci, ...rest } = Object.fromEntries(drawn);
  const tagged = 'tag:*' in attributeTypes[type] && d.below(2) ? { ...rest, 'tag:ci': ci } : rest;
  return { who: randomPerson(d), action: d.one(actionsOf[type]), type, attributes: attributes(type, tagged) };
}
