import { LabError, type Template, type Values } from '../sdk/index.ts';

/** Programs of labwarden's own that a template names by a reserved word, because their place differs from host to host. */
export interface ReservedWords {
  /** What `@node` stands for. */
  readonly node: string;
  /** What `@switch` stands for. */
  readonly switch: string;
}

/** Linux: MAX_ARG_STRLEN, 32 pages of 4 KiB, its closing zero byte included. */
const longestWord = 131_071;

/**
 * A program and its arguments, from the words of a granted template. A value stays inside one word, whatever it holds.
 * One that opens a word may not look like an option, unless `--` stands before it.
 * One that shares its word with the template's own text (`path={socket},server=on`) may not hold what could end its part of it.
 */
export function argv(words: Template['argv'], values: Values, reserved: ReservedWords): string[] {
  const slots = words.flatMap((word) => (typeof word === 'string' ? slot(word, values) : repeated(word, values)));
  const end = slots.findIndex(({ text }) => text === '--');
  return slots.map((slot, index) => filled(slot, end >= 0 && index > end, reserved));
}

type Group = Exclude<Template['argv'][number], string>;

/** One word of the template, and where its values come from. `{}` is text, except in a group. */
interface Slot {
  readonly text: string;
  readonly mark: RegExp;
  value(name: string): string;
}

const slot = (text: string, values: Values): Slot => ({ text, mark: /\{(\w+)\}/g, value: (name) => one(values, name) });

const repeated = ({ each, argv: words }: Group, values: Values): Slot[] =>
  list(values, each).flatMap((item) =>
    words.map((text) => ({ text, mark: /\{(\w*)\}/g, value: (name) => (name ? one(values, name) : safe(each, item)) })),
  );

function filled({ text, mark, value }: Slot, afterEnd: boolean, reserved: ReservedWords): string {
  if (text === '@node') return reserved.node;
  if (text === '@switch') return reserved.switch;
  const word = text.replace(mark, (whole: string, name: string) => {
    const put = value(name);
    return whole === text ? put : undivided(name, put);
  });
  if (!afterEnd && word.startsWith('-') && !text.startsWith('-')) throw bad(`"${shown(word)}" looks like an option.`);
  if (Buffer.byteLength(word) <= longestWord) return word;
  throw bad(`An argument of ${Buffer.byteLength(word)} bytes is too long: ${longestWord} is what the system takes.`);
}

function one(values: Values, name: string): string {
  const value = own(values, name);
  if (typeof value === 'string') return safe(name, value);
  throw bad(`The template needs ${value ? 'one value, not a list,' : 'a value'} for "${name}".`);
}

function list(values: Values, name: string): readonly string[] {
  const value = own(values, name);
  if (Array.isArray(value)) return value;
  throw bad(`The template needs a list for "${name}".`);
}

const own = (values: Values, name: string) => (Object.hasOwn(values, name) ? values[name] : undefined);

function safe(name: string, value: string): string {
  if (!value.includes('\0')) return value;
  throw bad(`"${name}" holds a zero byte.`);
}

function undivided(name: string, value: string): string {
  if (!/[,"\\\p{Cc}]/u.test(value)) return value;
  throw bad(`"${name}" shares its argument with other text, so it may hold no comma, quote, backslash or line break.`);
}

const shown = (word: string): string => JSON.stringify(word.slice(0, 80)).slice(1, -1);

const bad = (sentence: string) => new LabError('INVALID_INPUT', sentence);
