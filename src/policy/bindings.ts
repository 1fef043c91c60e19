import { LabError, type Principal } from '../sdk/index.ts';
import type { Checked } from './file.ts';
import type { PolicyFile } from './language.ts';
import { type Roles, unknownRole } from './roles.ts';
import type { Source } from './source.ts';

/** The roles of a principal, with those that they include, in the order of the files. */
export type RolesOf = (who: Principal) => readonly string[];

/** Every name that some binding says: all others are alike to the policy. */
export interface Named {
  readonly users: readonly string[];
  readonly groups: readonly string[];
  readonly agents: readonly string[];
}

export interface Bindings {
  readonly rolesOf: RolesOf;
  readonly named: Named;
}

interface Bound {
  readonly roles: ReadonlySet<string>;
  readonly users: ReadonlySet<string> | undefined;
  readonly groups: ReadonlySet<string> | undefined;
  readonly agents: ReadonlySet<string> | undefined;
}

const most = 2_000;

/** Throws CONFIG_INVALID for a binding of nobody, to a role that no file defines, or of agents to a role that gives. */
export function bind(
  files: readonly Checked[],
  roles: Roles,
  included: ReadonlyMap<string, ReadonlySet<string>>,
): Bindings {
  const bound = files.flatMap(({ source, file }) =>
    (file.bindings ?? []).map((binding, at) => boundAt(source, at, binding, roles, included)),
  );
  if (bound.length > most)
    throw new LabError(
      'CONFIG_INVALID',
      `The policy files have ${bound.length} bindings; at most ${most} are allowed.`,
    );
  const order = [...included.keys()];
  const rolesOf: RolesOf = (who) => {
    // The system is nobody who came in: no name and no group of a policy means it.
    if (who.user === '' || who.via === 'system') return [];
    const has = new Set(bound.filter((one) => isOf(one, who)).flatMap((one) => [...one.roles]));
    return order.filter((role) => has.has(role));
  };
  const names = (of: 'users' | 'groups' | 'agents') => [...new Set(bound.flatMap((one) => [...(one[of] ?? [])]))];
  return { rolesOf, named: { users: names('users'), groups: names('groups'), agents: names('agents') } };
}

type Text = NonNullable<PolicyFile['bindings']>[number];

function boundAt(
  source: Source,
  at: number,
  { role, users, groups, agents }: Text,
  roles: Roles,
  included: ReadonlyMap<string, ReadonlySet<string>>,
): Bound {
  const path = ['bindings', at];
  const given = included.get(role) ?? unknownRole(source, [...path, 'role'], role, included);
  if (!users && !groups && !agents) source.refuse(path, 'found a binding of nobody, expected users, groups or agents');
  if (agents) refuseGifts(source, [...path, 'role'], role, given, roles);
  const set = (names: readonly string[] | undefined) => names && new Set(names);
  return { roles: given, users: set(users), groups: set(groups), agents: set(agents) };
}

/** What a client calls itself is a claim. A role that only takes away is all that a claim may bring. */
function refuseGifts(
  source: Source,
  path: readonly PropertyKey[],
  role: string,
  given: ReadonlySet<string>,
  roles: Roles,
) {
  for (const name of given) {
    const text = roles.get(name)?.text;
    const gift = text?.allow?.length ? 'allows something' : undefined;
    const relief = text?.confirm?.some(({ level }) => level === 'none') ? 'saves a question' : undefined;
    const what = gift ?? relief;
    if (what === undefined) continue;
    const which = name === role ? `the role "${role}", which` : `the role "${role}", which includes "${name}", which`;
    const expected = 'one that only denies, asks and limits, because what an agent calls itself proves nothing';
    source.refuse(path, `found ${which} ${what}, expected ${expected}`);
  }
}

function isOf({ users, groups, agents }: Bound, who: Principal): boolean {
  const person =
    (users === undefined && groups === undefined) ||
    users?.has(who.user) ||
    users?.has('*') ||
    who.groups.some((group) => groups?.has(group));
  return person === true && (agents === undefined || speaks(agents, who));
}

/** Nothing proves that a caller is no agent, so a star is all of them. */
const speaks = (agents: ReadonlySet<string>, { agent }: Principal): boolean =>
  agents.has('*') || (agent !== undefined && agents.has(agent));
