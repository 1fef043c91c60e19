import { LabError, type z } from '../sdk/index.ts';
import { type PolicyFile, policyFile } from './language.ts';
import type { Source } from './source.ts';
import { expected, shown } from './words.ts';

export interface Checked {
  readonly source: Source;
  readonly file: PolicyFile;
}

type Raw = z.core.$ZodRawIssue;
type Issue = z.core.$ZodIssue;

/** The file as the language sees it. Throws CONFIG_INVALID at the first place where it is something else. */
export const checked = (source: Source): Checked => ({ source, file: fitting(source, policyFile) });

/** The content as a schema types it. Throws CONFIG_INVALID at the first place where it is something else. */
export function fitting<S extends z.ZodType>(source: Source, schema: S): z.output<S> {
  const { success, data, error } = schema.safeParse(source.value, { error: expectation });
  if (success) return data;
  return refuse(source, deepest(telling(error.issues)[0] ?? unsaid));
}

/** All that `fitting` could throw. */
export function misfits(source: Source, schema: z.ZodType): readonly LabError[] {
  const { error } = schema.safeParse(source.value, { error: expectation });
  return telling(error?.issues ?? []).map((issue) => {
    try {
      return refuse(source, deepest(issue));
    } catch (reason) {
      return LabError.of(reason);
    }
  });
}

const unsaid: Issue = { path: [], message: 'a policy', code: 'custom', input: undefined };

/** A misspelt key is also a missing one: what was typed comes first, and what it left out is not told. */
function telling(issues: readonly Issue[]): readonly Issue[] {
  const typed = issues.filter(({ code }) => code === 'unrecognized_keys');
  const beside = (issue: Issue) => typed.some(({ path }) => path.join('\0') === issue.path.slice(0, -1).join('\0'));
  return [...typed, ...issues.filter((issue) => !typed.includes(issue) && !beside(issue))];
}

function refuse(source: Source, issue: Issue): never {
  const { path, message } = issue;
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    return source.refuse([...path, key], `found the key ${shown(key)}, expected ${message}`, 'key');
  }
  if (issue.code === 'invalid_key')
    return source.refuse(path, `found ${shown(path.at(-1))}, expected ${issue.issues[0]?.message}`, 'key');
  const value = path.reduce<unknown>((at, step) => Object(at)[step], source.value);
  const found = value === undefined ? `no ${shown(path.at(-1))}` : shown(value);
  return source.refuse(path, `found ${found}, expected ${message}`);
}

/** Of a choice, the branch that got furthest is the one that was meant. */
function deepest(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue;
  const branches = issue.errors.flatMap(([first]) => (first ? [deepest(first)] : []));
  const [best] = branches.sort((a, b) => b.path.length - a.path.length);
  return best ? { ...best, path: [...issue.path, ...best.path] } : issue;
}

const kinds: Readonly<Record<string, string>> = {
  ...{ object: 'a map', record: 'a map', array: 'a list', string: 'text' },
};

/** What would have been right here; schemas with words of their own do not ask. */
function expectation(issue: Raw): string {
  if (issue.code === 'unrecognized_keys') return expected(issue.keys[0] ?? '', keysOf(issue.inst));
  if (issue.code === 'invalid_value') return expected(textOf(issue.input), issue.values.map(String));
  if (issue.code === 'invalid_type') return kinds[issue.expected] ?? issue.expected;
  return 'something else';
}

// Not String(): a map of a file has no prototype to make text with.
const textOf = (input: unknown): string => (typeof input === 'string' ? input : '');

const keysOf = (schema: unknown): readonly string[] => Object.keys(Object(Object(schema).shape));
