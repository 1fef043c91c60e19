import type { ErrorObject } from 'ajv/dist/2020.js';

const mostShown = 10;

/** What is wrong with a value, one part of a sentence for each problem: the field by its name, what it must be, and what it is. */
export function problemsOf(errors: readonly ErrorObject[], value: unknown): readonly string[] {
  const shown = [...new Set(errors.slice(0, mostShown).map((error) => problem(error, value)))];
  return errors.length > mostShown ? [...shown, `and ${errors.length - mostShown} more`] : shown;
}

function problem({ keyword, params, instancePath, message, parentSchema }: ErrorObject, value: unknown): string {
  const field = nameOf(instancePath);
  if (keyword === 'required') return `${nameOf(`${instancePath}/${params['missingProperty']}`)} is missing`;
  if (keyword === 'additionalProperties') {
    const known = Object.keys(Object(parentSchema?.['properties']));
    const there = known.length > 0 ? `there ${known.length > 1 ? 'are' : 'is'} ${known.join(', ')}` : 'it takes none';
    return `${nameOf(`${instancePath}/${params['additionalProperty']}`)} is no argument here; ${there}`;
  }
  if (keyword === 'enum') return `${field} must be one of ${params['allowedValues'].join(', ')}`;
  if (keyword === 'type')
    return `${field} must be ${article(String(params['type']))}, and is ${shown(at(value, instancePath))}`;
  const { limit } = params;
  if (keyword === 'minLength' && limit === 1) return `${field} must not be empty`;
  if (keyword === 'minimum') return `${field} must be at least ${limit}`;
  if (keyword === 'maximum') return `${field} must be at most ${limit}`;
  return `${field} ${message}`;
}

/** `/nodes/0` as a person would write it. */
const nameOf = (pointer: string): string =>
  pointer === ''
    ? 'the whole'
    : `"${pointer
        .slice(1)
        .replaceAll('~1', '/')
        .replaceAll('~0', '~')
        .replace(/\/(\d+)/g, '[$1]')
        .replaceAll('/', '.')}"`;

const at = (value: unknown, pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((node, key) => Reflect.get(Object(node), key.replaceAll('~1', '/').replaceAll('~0', '~')), value);

const longest = 60;

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

const article = (type: string): string => (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`);
