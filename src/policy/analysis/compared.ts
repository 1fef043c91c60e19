import { everybody, holdersOf, unusedRoles, withRole } from './holders.ts';
import type { Laid } from './laid.ts';
import { anyCaller } from './space.ts';

/** Somebody of whom both policies speak, with the roles that they have in each. */
export interface Compared {
  readonly who: string;
  readonly caller: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** Everybody, each role that both policies have, and whoever has other roles than before. */
export function comparedOf(before: Laid, after: Laid): { compared: readonly Compared[]; notes: readonly string[] } {
  const everyone = {
    who: 'everybody',
    caller: anyCaller,
    before: everybody(before).roles,
    after: everybody(after).roles,
  };
  const kept = [...after.roles.keys()].filter((role) => before.roles.has(role));
  const roles = kept.map((role) => ({
    ...{ who: `role ${role}`, caller: anyCaller },
    ...{ before: withRole(before, role), after: withRole(after, role) },
  }));
  const moved = bound(before, after).filter((one) => changes(one) && one.who !== 'everybody');
  const notes = [...(changes(everyone) ? [everyone] : []), ...moved].map(binding);
  return { compared: [everyone, ...roles, ...moved], notes: [...notes, ...comings(before, after)] };
}

/** Everybody whom one of the two names, with their roles in both. */
function bound(before: Laid, after: Laid): readonly Compared[] {
  const holders = [...holdersOf(before), ...holdersOf(after)].filter((holder) => holder.bound);
  return [...new Map(holders.map((holder) => [holder.who, holder])).values()].map(({ who, caller, person }) => ({
    ...{ who, caller },
    ...{ before: before.policy.roles(person), after: after.policy.roles(person) },
  }));
}

const changes = ({ before, after }: Compared): boolean => [...before].sort().join() !== [...after].sort().join();

function binding({ who, before, after }: Compared): string {
  const gained = after.filter((role) => !before.includes(role));
  const lost = before.filter((role) => !after.includes(role));
  const parts = [
    ...(gained.length > 0 ? [`now also ${gained.join(', ')}`] : []),
    ...(lost.length > 0 ? [`no longer ${lost.join(', ')}`] : []),
  ];
  return `${who}: ${parts.join('; ')}`;
}

function comings(before: Laid, after: Laid): readonly string[] {
  const unused = new Set(unusedRoles(after));
  const come = [...after.roles.keys()].filter((role) => !before.roles.has(role));
  const gone = [...before.roles.keys()].filter((role) => !after.roles.has(role));
  return [
    ...come.map((role) => `role ${role} is new${unused.has(role) ? ', and given to nobody' : ''}`),
    ...gone.map((role) => `role ${role} is gone`),
  ];
}

const mostPairs = 2_000;

/** Any two that one person could be, as one, where something changes for one of them. A person has one name. */
export function couples<T extends { readonly one: Compared; readonly asked: readonly string[] }>(all: readonly T[]) {
  const alone = all.filter(({ one }) => one.who !== 'everybody');
  const pairs = alone.flatMap((a, at) =>
    alone.slice(at + 1).flatMap((b) => {
      const twoNames = a.one.caller !== anyCaller && b.one.caller !== anyCaller;
      return twoNames || a.asked.length + b.asked.length === 0 ? [] : [[a, b, joined(a.one, b.one)] as const];
    }),
  );
  return { pairs: pairs.slice(0, mostPairs), left: Math.max(0, pairs.length - mostPairs) };
}

const joined = (a: Compared, b: Compared): Compared => ({
  who: `${a.who} with ${b.who}`,
  caller: a.caller === anyCaller ? b.caller : a.caller,
  before: union(a.before, b.before),
  after: union(a.after, b.after),
});

const union = (a: readonly string[], b: readonly string[]): readonly string[] => [...new Set([...a, ...b])];
