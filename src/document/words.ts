import type { z } from 'zod';
import { quoted } from './problems.ts';

type Issue = z.core.$ZodIssue;

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'a map',
  record: 'a map',
};

/** What stands there, in a person's words. */
export function found(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'an empty value';
  if (Array.isArray(value)) return value.length > 0 ? 'a list' : 'an empty list';
  if (typeof value === 'string') return quoted(value);
  return typeof value === 'object' ? 'a map' : String(value);
}

/** What should stand there. A pattern's own message, when its author gave one, says it best. */
export function expected(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return kinds[issue.expected] ?? issue.expected;
    case 'too_small':
      return `${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${unit(issue.origin)}`;
    case 'too_big':
      return `${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${unit(issue.origin)}`;
    case 'invalid_value':
      return issue.values
        .map((value) => found(value))
        .join(', ')
        .replace(/, ([^,]*)$/, ' or $1');
    case 'invalid_format':
      return issue.message.startsWith('Invalid') ? `text like ${issue.pattern ?? issue.format}` : issue.message;
    case 'invalid_union':
      return [...new Set(issue.errors.flat().map((inner) => expected(inner)))].join(' or ') || issue.message;
    case 'invalid_key':
    case 'invalid_element':
      return issue.issues.map((inner) => expected(inner)).join(' and ');
    default:
      return issue.message;
  }
}

const unit = (origin: string): string => ({ string: ' characters', array: ' items', set: ' items' })[origin] ?? '';
