import { LabError } from '../../sdk/index.ts';
import { type Checked, checked, misfits } from '../file.ts';
import { type PolicyFile, policyFile, type RuleText } from '../language.ts';
import { type Limit, limitsOf } from '../limits.ts';
import { policyOf } from '../load.ts';
import type { Policy } from '../policy.ts';
import type { PolicyText } from '../read.ts';
import { collected, included } from '../roles.ts';
import { type Kind, type Rule, rulesAt } from '../rules.ts';
import { type Path, parse, type Source } from '../source.ts';
import { complete, type Vocabulary } from '../vocabulary.ts';
import { byPlace, type Problem, problemOf } from './problem.ts';

export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One rule as it stands in a file: on several types of things it is several rules. */
export interface Written {
  readonly role: string;
  readonly kind: Kind;
  /** Its id, or where it stands: what decisions name. */
  readonly name: string;
  readonly label: string;
  readonly place: Place;
  readonly rules: readonly Rule[];
}

export interface LaidRole {
  readonly name: string;
  readonly place: Place;
  /** Itself, and all that it includes. */
  readonly made: ReadonlySet<string>;
  readonly written: readonly Written[];
  /** Its own, without those of the roles it includes. */
  readonly limits: readonly Limit[];
}

export interface Laid {
  /** What decides: everything here only explains it. */
  readonly policy: Policy;
  readonly vocabulary: Vocabulary;
  readonly roles: ReadonlyMap<string, LaidRole>;
  readonly bindings: readonly NonNullable<PolicyFile['bindings']>[number][];
}

/** A policy laid open. Throws CONFIG_INVALID. */
export function laidOpen(texts: readonly PolicyText[], vocabulary: Vocabulary): Laid {
  const policy = policyOf(texts, vocabulary);
  const words = complete(vocabulary);
  const files = texts.map((text) => checked(parse(text)));
  const all = collected(files);
  const [closures, limits] = [included(all), limitsOf(all)];
  const roles = files.flatMap((one) =>
    rolesIn(one).map((name) => ({ ...laidRole(one, name, closures, words), limits: limits.get(name) ?? [] })),
  );
  return {
    ...{ policy, vocabulary: words },
    roles: new Map(roles.map((role) => [role.name, role])),
    bindings: files.flatMap(({ file }) => file.bindings ?? []),
  };
}

const rolesIn = ({ file }: Checked): readonly string[] => Object.keys(file.roles ?? {});

function laidRole(one: Checked, name: string, closures: ReadonlyMap<string, ReadonlySet<string>>, words: Vocabulary) {
  const { source } = one;
  const written = rulePaths(one, name).map(([path, kind, text]): Written => {
    const rules = rulesAt(source, path, kind, text, words);
    const label = rules[0]?.label ?? '';
    return { role: name, kind, name: text.id ?? label, label, place: placeAt(source, path), rules };
  });
  return { name, place: placeAt(source, ['roles', name], 'key'), made: closures.get(name) ?? new Set([name]), written };
}

function rulePaths({ file }: Checked, name: string): readonly (readonly [Path, Kind, RuleText])[] {
  const { allow = [], deny = [], confirm = [] } = file.roles?.[name] ?? {};
  const at = (list: string, index: number): Path => ['roles', name, list, index];
  return [
    ...allow.map((rule, index) => [at('allow', index), 'allow', rule] as const),
    ...deny.map((rule, index) => [at('deny', index), 'deny', rule] as const),
    ...confirm.map((rule, index) => [at('confirm', index), rule.level, rule] as const),
  ];
}

const placeAt = (source: Source, path: Path, side: 'key' | 'value' = 'value'): Place => ({
  file: source.name,
  ...source.placeOf(path, side),
});

/** Everything that keeps these files from being loaded: all that is wrong with each of them, and the first thing between them. */
export function problemsIn(texts: readonly PolicyText[], vocabulary: Vocabulary): readonly Problem[] {
  const words = complete(vocabulary);
  const found = texts.flatMap((text) => problemsOf(text, words).toSorted(byPlace));
  return found.length > 0 ? found : caught(() => policyOf(texts, vocabulary));
}

function problemsOf(text: PolicyText, words: Vocabulary): readonly Problem[] {
  let source: Source | undefined;
  const unread = caught(() => {
    source = parse(text);
  });
  if (!source) return unread;
  const wrong = misfits(source, policyFile).map(problemOf);
  if (wrong.length > 0) return wrong;
  const one = checked(source);
  const paths = rolesIn(one).flatMap((name) => rulePaths(one, name));
  return paths.flatMap(([path, kind, rule]) => caught(() => rulesAt(one.source, path, kind, rule, words)));
}

function caught(work: () => unknown): readonly Problem[] {
  try {
    work();
    return [];
  } catch (reason) {
    if (LabError.of(reason).code !== 'CONFIG_INVALID') throw reason;
    return [problemOf(LabError.of(reason))];
  }
}
