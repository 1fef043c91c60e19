import { nearest } from '../document/nearest.ts';

/** What would have been right instead of a word nobody knows, and the nearest of it. */
export function expected(found: string, known: readonly string[]): string {
  const near = nearest(found, known);
  return `${listed(known)}${near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`}`;
}

const listed = (words: readonly string[]): string => {
  if (words.length === 0) return 'none, for there are none';
  return words.length === 1 ? JSON.stringify(words[0]) : `one of ${words.join(', ')}`;
};

/** A value as an error may quote it: one line, escaped, and not long. */
export function shown(value: unknown): string {
  if (value === undefined || typeof value === 'number') return String(value);
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
