import { attributeError } from '../../policy/analysis/index.ts';
import { type Attributes, attributeTypes, nearestOf, type Vocabulary } from '../../policy/index.ts';
import { LabError, type SubjectType } from '../../sdk/index.ts';
import { wrong as misused, type Takes } from '../options.ts';

export interface Wanted {
  readonly action: string;
  readonly type: SubjectType;
  /** What stood after the type's colon. */
  readonly name: string | undefined;
  readonly given: Attributes;
}

/** `ACTION TYPE[:NAME] attribute=value…`. Throws INVALID_INPUT that names the word that is wrong and what would be right. */
export function wanted([action, what, ...rest]: readonly string[], { actions }: Vocabulary, takes: Takes): Wanted {
  if (action === undefined || what === undefined) throw misused('An action and a type of thing are wanted', takes);
  const [typed = '', ...parts] = what.split(':');
  const type = subjectType(typed);
  if (!actions[type].includes(action)) wrong(`action "${action}" on a ${type}`, action, actions[type]);
  const name = parts.length > 0 ? parts.join(':') : undefined;
  return { action, type, name, given: Object.fromEntries(rest.map((word) => attribute(type, word))) };
}

function subjectType(typed: string): SubjectType {
  const known = Object.keys(attributeTypes) as SubjectType[];
  return known.find((type) => type === typed) ?? wrong(`type "${typed}"`, typed, known);
}

function wrong(what: string, word: string, known: readonly string[]): never {
  throw new LabError('INVALID_INPUT', `There is no ${what}; expected ${stopped(nearestOf(word, known))}`);
}

const stopped = (sentence: string): string => (sentence.endsWith('?') ? sentence : `${sentence}.`);

function attribute(type: SubjectType, word: string): [string, string | number | boolean] {
  const at = word.indexOf('=');
  if (at < 1) throw new LabError('INVALID_INPUT', `"${word}" is no attribute; write attribute=value.`);
  const [name, text] = [word.slice(0, at), word.slice(at + 1)];
  const value = typedAs(type, name, text);
  const error = attributeError(type, name, value);
  if (error) throw new LabError('INVALID_INPUT', `"${word}": ${stopped(error)}`);
  return [name, value];
}

/** Texts that look like numbers stay texts where a text is wanted. */
function typedAs(type: SubjectType, name: string, text: string): string | number | boolean {
  const declared: Readonly<Record<string, string>> = attributeTypes[type];
  const wanted = name.startsWith('tag:') ? 'boolean' : declared[name];
  if (wanted === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return wanted === 'number' && text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}
