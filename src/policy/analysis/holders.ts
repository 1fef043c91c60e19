import type { Principal, SubjectType } from '../../sdk/index.ts';
import type { Rule } from '../rules.ts';
import type { Laid, Written } from './laid.ts';
import { anyCaller } from './space.ts';

/** People whom the bindings do not tell apart: those of one group, one who is named, everybody else, each through any agent. */
export interface Holder {
  readonly who: string;
  /** Their name, or `anyCaller` where they have none in particular. */
  readonly caller: string;
  /** Whom a policy may be asked about for all of them. */
  readonly person: Principal;
  /** With those that others include. */
  readonly roles: readonly string[];
  /** Whether a binding makes them what they are; otherwise they are whoever might get a role that nobody has. */
  readonly bound: boolean;
  /** Their roles if they have this name, which the bindings may know. */
  as(name: string): readonly string[];
}

type Kind = Pick<Principal, 'user' | 'groups' | 'agent'>;

function holder({ policy }: Laid, who: string, kind: Kind): Holder {
  const person: Principal = { ...kind, via: 'stdio' };
  const as = (name: string) => policy.roles({ ...person, user: kind.user === anyCaller ? name : kind.user });
  return { who, caller: kind.user, person, roles: as(anyCaller), bound: true, as };
}

export const everybody = (laid: Laid): Holder => holder(laid, 'everybody', { user: anyCaller, groups: [] });

/** Everybody that a policy can tell apart by one binding. Whoever has several has the rules of all of them. */
export function holdersOf(laid: Laid): readonly Holder[] {
  const { users, groups, agents } = laid.policy.named;
  const people: readonly (readonly [string, Kind])[] = [
    ['everybody', { user: anyCaller, groups: [] }],
    ...named(users).map((user) => [`user ${user}`, { user, groups: [] }] as const),
    ...groups.map((group) => [`group ${group}`, { user: anyCaller, groups: [group] }] as const),
  ];
  const bound = people.flatMap(([who, kind]) => [
    holder(laid, who, kind),
    ...named(agents).map((agent) => holder(laid, `${who} through ${agent}`, { ...kind, agent })),
  ]);
  const used = new Set(bound.flatMap(({ roles }) => roles));
  const unused = [...laid.roles.keys()].filter((role) => !used.has(role));
  return [...bound, ...unused.map((role) => inRole(laid, role))];
}

/** A star names nobody in particular. */
const named = (names: readonly string[]): readonly string[] => names.filter((name) => name !== '*');

function inRole(laid: Laid, role: string): Holder {
  const { as: others, ...rest } = everybody(laid);
  const as = (name: string) => [...new Set([...withRole(laid, role), ...others(name)])];
  return { ...rest, who: `role ${role}`, roles: as(anyCaller), bound: false, as };
}

/** Roles that no binding gives to anybody, not even as a part of another. */
export function unusedRoles(laid: Laid): readonly string[] {
  const used = new Set(laid.bindings.flatMap(({ role }) => [...(laid.roles.get(role)?.made ?? [])]));
  return [...laid.roles.keys()].filter((role) => !used.has(role));
}

/** What somebody with this role has at least. */
export function withRole(laid: Laid, role: string): readonly string[] {
  const has = new Set([...(laid.roles.get(role)?.made ?? []), ...everybody(laid).roles]);
  return [...laid.roles.keys()].filter((name) => has.has(name));
}

/** A rule and where it is written. */
export interface Ruled {
  readonly rule: Rule;
  readonly written: Written;
}

/** The rules of these roles about one action on one type, in the order in which the files say them. */
export function ruledBy(
  { roles: all }: Laid,
  roles: readonly string[],
  action: string,
  type: SubjectType,
): readonly Ruled[] {
  const has = new Set(roles);
  const written = [...all.values()].filter(({ name }) => has.has(name)).flatMap((role) => role.written);
  return written.flatMap((one) =>
    one.rules
      .filter((rule) => rule.type === type && rule.actions.includes(action))
      .map((rule) => ({ rule, written: one })),
  );
}

export const allRules = (laid: Laid): readonly Rule[] =>
  [...laid.roles.values()].flatMap(({ written }) => written.flatMap(({ rules }) => rules));
