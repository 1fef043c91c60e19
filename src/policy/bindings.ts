import type { Principal } from '../sdk/index.ts';
import type { Checked } from './file.ts';
import { unknownRole } from './roles.ts';

/** The roles of a principal, with those that they include, in the order of the files. */
export type RolesOf = (who: Principal) => readonly string[];

// A claim is not a proof, and the system is nobody who came in.
const proven: readonly Principal['via'][] = ['stdio', 'cli'];

/** Throws CONFIG_INVALID for a binding of nobody or to a role that no file defines. */
export function bind(files: readonly Checked[], roles: ReadonlyMap<string, ReadonlySet<string>>): RolesOf {
  const { users, groups } = bound(files, roles);
  const everybody = users.get('*') ?? [];
  const order = [...roles.keys()];
  return ({ user, groups: of, via }) => {
    if (user === '') return [];
    const named = [...(users.get(user) ?? []), ...(proven.includes(via) ? everybody : [])];
    const has = new Set([...named, ...of.flatMap((group) => groups.get(group) ?? [])]);
    return order.filter((role) => has.has(role));
  };
}

function bound(files: readonly Checked[], roles: ReadonlyMap<string, ReadonlySet<string>>) {
  const users = new Map<string, string[]>();
  const groups = new Map<string, string[]>();
  for (const { source, file } of files) {
    for (const [at, binding] of (file.bindings ?? []).entries()) {
      const path = ['bindings', at];
      const given = roles.get(binding.role) ?? unknownRole(source, [...path, 'role'], binding.role, roles);
      if (!binding.users && !binding.groups) source.refuse(path, 'found a binding of nobody, expected users or groups');
      for (const user of binding.users ?? []) users.set(user, [...(users.get(user) ?? []), ...given]);
      for (const group of binding.groups ?? []) groups.set(group, [...(groups.get(group) ?? []), ...given]);
    }
  }
  return { users, groups };
}
