import type { SubjectType } from '../../sdk/index.ts';
import { attributeType, attributeTypes, attributeWords } from '../attributes.ts';
import { expected, shown } from '../words.ts';

const named = { string: 'text', number: 'a number', boolean: 'true or false' } as const;

/** What is wrong with a value that a thing is said to have; `undefined` when such a thing can be. */
export function attributeError(type: SubjectType, name: string, value: unknown): string | undefined {
  const scalar = attributeType(type, name);
  if (scalar === undefined || name.includes('*')) {
    const known = expected(name, Object.keys(attributeTypes[type])).replace('tag:*', 'tag:<name>');
    return `found the attribute ${shown(name)} of a ${type}, expected ${known}`;
  }
  const words = attributeWords[name];
  const wrong =
    typeof value !== scalar || (typeof value === 'number' && !Number.isFinite(value))
      ? named[scalar]
      : words && !words.includes(String(value))
        ? expected(String(value), words)
        : strange(value);
  return wrong && `found ${shown(value)} for "${name}", expected ${wrong}`;
}

const strange = (value: unknown): string | undefined =>
  typeof value === 'string' && value.startsWith('$') && value !== '$me'
    ? 'another text, or $me, the only word that begins with $'
    : undefined;
