import { LabError } from '../sdk/index.ts';
import type { Checked } from './file.ts';
import type { PolicyFile, RuleText } from './language.ts';
import { type Kind, type Rule, rulesAt } from './rules.ts';
import type { Path, Source } from './source.ts';
import type { Vocabulary } from './vocabulary.ts';
import { expected, shown } from './words.ts';

export interface Role {
  readonly source: Source;
  readonly text: NonNullable<PolicyFile['roles']>[string];
}

export type Roles = ReadonlyMap<string, Role>;

const most = { roles: 200, rules: 2_000 };

/** The roles of all files, in the order of the files. Throws CONFIG_INVALID for one that is defined twice. */
export function collected(files: readonly Checked[]): Roles {
  const roles = new Map<string, Role>();
  for (const { source, file } of files) {
    for (const [name, text] of Object.entries(file.roles ?? {})) {
      const first = roles.get(name);
      if (first) refuseSecond(source, name, first);
      roles.set(name, { source, text });
    }
  }
  atMost(most.roles, roles.size, 'roles');
  return roles;
}

function refuseSecond(source: Source, name: string, first: Role): never {
  const place = `${first.source.name}:${first.source.lineOf(['roles', name], 'key')}`;
  return source.refuse(
    ['roles', name],
    `found the role "${name}" again, expected it once: it is defined at ${place}`,
    'key',
  );
}

/** Every role's own rules, without those of the roles it includes. */
export function rulesOf(roles: Roles, vocabulary: Vocabulary): ReadonlyMap<string, readonly Rule[]> {
  const counts = [...roles.values()].map(({ text: { allow = [], deny = [], confirm = [] } }) =>
    [allow, deny, confirm].reduce((sum, list) => sum + list.length, 0),
  );
  atMost(
    most.rules,
    counts.reduce((sum, count) => sum + count, 0),
    'rules',
  );
  const ids = new Map<string, string>();
  return new Map([...roles].map(([name, role]) => [name, own(name, role, vocabulary, ids)]));
}

function own(name: string, { source, text }: Role, vocabulary: Vocabulary, ids: Map<string, string>): readonly Rule[] {
  const read = (place: readonly [string, number], rule: RuleText, kind: Kind) => {
    const path = ['roles', name, ...place];
    if (rule.id !== undefined) once(source, [...path, 'id'], rule.id, ids);
    return rulesAt(source, path, kind, rule, vocabulary);
  };
  return [
    ...(text.allow ?? []).flatMap((rule, at) => read(['allow', at], rule, 'allow')),
    ...(text.deny ?? []).flatMap((rule, at) => read(['deny', at], rule, 'deny')),
    ...(text.confirm ?? []).flatMap((rule, at) => read(['confirm', at], rule, rule.level)),
  ];
}

function once(source: Source, path: Path, id: string, ids: Map<string, string>): void {
  const first = ids.get(id);
  if (first) source.refuse(path, `found the id "${id}" again, expected it once: it is used at ${first}`);
  ids.set(id, `${source.name}:${source.lineOf(path)}`);
}

/** Every role with the roles it is made of, itself first. Throws CONFIG_INVALID for a circle. */
export function included(roles: Roles): ReadonlyMap<string, ReadonlySet<string>> {
  const done = new Map<string, ReadonlySet<string>>();
  const visit = (name: string, { source, text }: Role, above: readonly string[]): ReadonlySet<string> => {
    const trail = [...above, name];
    const parts = (text.include ?? []).map((other, at) => {
      const path = ['roles', name, 'include', at];
      const role = roles.get(other) ?? unknownRole(source, path, other, roles);
      if (!trail.includes(other)) return done.get(other) ?? visit(other, role, trail);
      return source.refuse(path, `found a circle (${[...trail, other].join(' → ')}), expected none`);
    });
    const all = new Set([name, ...parts.flatMap((part) => [...part])]);
    done.set(name, all);
    return all;
  };
  return new Map([...roles].map(([name, role]) => [name, visit(name, role, [])]));
}

export function unknownRole(source: Source, path: Path, name: string, roles: ReadonlyMap<string, unknown>): never {
  return source.refuse(path, `found the role ${shown(name)}, expected ${expected(name, [...roles.keys()])}`);
}

function atMost(limit: number, count: number, what: string): void {
  if (count > limit)
    throw new LabError('CONFIG_INVALID', `The policy files have ${count} ${what}; at most ${limit} are allowed.`);
}
