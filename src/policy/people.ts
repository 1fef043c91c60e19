import type { Principal } from '../sdk/index.ts';
import type { Policy } from './policy.ts';

/** One of everybody whom two policies together can tell apart. */
export interface Person {
  readonly who: Principal;
  /** In words for an admin: `members of lab-users`. */
  readonly said: string;
  /** How they come in, where that makes a difference: ` through cursor`. */
  readonly way: string;
}

/** Stands for every name that no policy says. */
const someone = '\0someone';

/**
 * Everybody whom these policies can tell apart, with three groups at most. Rights that one has and did not have are shown by
 * somebody with so few: one group brings the allow, one brings the deny of before, one brings what asks less. Groups beside
 * these only bring denies of now and allows of before, and show less. `undefined` when there are too many to look at.
 */
export function peopleOf(policies: readonly Policy[], most: number): readonly Person[] | undefined {
  const named = (of: 'users' | 'groups' | 'agents') =>
    [...new Set(policies.flatMap((policy) => policy.named[of]))].filter((name) => name !== '*');
  const ways = waysIn(named('agents'));
  const called = callers(policies);
  if ((named('users').length + called.size + named('groups').length) * ways.length > most) return undefined;
  const rolesOf = (who: Pick<Principal, 'user' | 'groups'>) =>
    ways.map(({ as }) => policies.map((policy) => policy.roles({ ...who, ...as }).join()).join('|')).join('\n');
  // A user whom a rule can tell from others is somebody of their own; of all others only their roles count.
  const users = unlike(
    [...new Set([someone, ...named('users'), ...called])],
    (user) => `${called.has(user) ? user : ''}\n${rolesOf({ user, groups: [] })}`,
  );
  const groups = unlike(named('groups'), (group) => rolesOf({ user: someone, groups: [group] }));
  const sets = subsets(groups.length);
  if (sets * users.length * ways.length > most) return undefined;
  return upToThree(groups).flatMap((of) =>
    users.flatMap((user) =>
      ways.map((way) => ({ who: { user, groups: of, ...way.as }, said: describe(user, of), way: way.said })),
    ),
  );
}

/** Every name that a rule says of an attribute which some rule compares with the caller: to be called so makes a difference. */
function callers(policies: readonly Policy[]): ReadonlySet<string> {
  const lines = policies.flatMap((policy) => policy.rules()).flatMap(({ conditions = [] }) => conditions);
  const compared = new Set(lines.flatMap((one) => ('me' in one && one.me ? [one.attribute] : [])));
  const values = lines.flatMap((one) => ('values' in one && compared.has(one.attribute) ? [...one.values] : []));
  return new Set(values.filter((value) => typeof value === 'string'));
}

const describe = (user: string, groups: readonly string[]): string => {
  const members = groups.length > 0 ? `members of ${groups.join(' and ')}` : 'everybody';
  return user === someone ? members : [user, ...(groups.length > 0 ? [`as one of the ${members}`] : [])].join(' ');
};

interface Way {
  readonly as: Pick<Principal, 'agent' | 'via'>;
  readonly said: string;
}

/** How somebody can come in, as far as any binding cares. */
const waysIn = (agents: readonly string[]): readonly Way[] => [
  { as: { via: 'stdio' }, said: '' },
  ...agents.map((agent): Way => ({ as: { via: 'stdio', agent }, said: ` through ${agent}` })),
];

/** The first of all that are alike. */
function unlike(names: readonly string[], looks: (name: string) => string): readonly string[] {
  const first = new Map<string, string>();
  for (const name of names) {
    const look = looks(name);
    if (!first.has(look)) first.set(look, name);
  }
  return [...first.values()];
}

const subsets = (n: number): number => 1 + n + (n * (n - 1)) / 2 + (n * (n - 1) * (n - 2)) / 6;

function* pick<T>(from: readonly T[], count: number, first = 0): Generator<readonly T[]> {
  if (count === 0) return yield [];
  for (let at = first; at < from.length; at += 1)
    for (const rest of pick(from, count - 1, at + 1)) yield [from[at] as T, ...rest];
}

const upToThree = <T>(from: readonly T[]): readonly (readonly T[])[] =>
  [0, 1, 2, 3].flatMap((count) => [...pick(from, count)]);
