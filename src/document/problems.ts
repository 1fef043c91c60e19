import { LabError } from '../sdk/errors.ts';

export type Path = readonly PropertyKey[];

/** What is wrong at one place of a document: `says` goes on where "key.path: " ends. */
export interface Problem {
  readonly path: Path;
  readonly says: string;
}

/** Whose mistake it is: the admin's at start-up, or the caller's. */
export type DocumentCode = 'CONFIG_INVALID' | 'INVALID_INPUT';

const shown = 20;

/** One error for all problems, each a line that editors can jump to. Only lines that are shown are ever made. */
export function refusal(code: DocumentCode, file: string, lines: readonly (() => string)[]): LabError {
  const problems = lines.slice(0, shown).map((line) => line());
  if (lines.length > shown) problems.push(`… and ${lines.length - shown} more.`);
  const head = lines.length > 1 ? [`${file} has ${lines.length} problems:`] : [];
  return new LabError(code, [...head, ...problems].join('\n  '), { details: { problems } });
}

/** `nodes[2].ip`, as people write it. Keys that are no plain words are quoted. */
export function dotted(path: Path): string {
  const parts = path.map((part) => {
    if (typeof part === 'number') return `[${part}]`;
    return /^[\w-]{1,64}$/.test(String(part)) ? `.${String(part)}` : `[${quoted(String(part))}]`;
  });
  return parts.join('').replace(/^\./, '') || 'the whole file';
}

/** What plain data holds of its own at a path; `undefined` when it does not go so far. */
export const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((inner, part) => {
    if (typeof inner !== 'object' || inner === null || !Object.hasOwn(inner, part)) return undefined;
    return Reflect.get(inner, part);
  }, value);

/** Text as it may stand in a message: on one line, at most 60 characters of it. */
export const quoted = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
