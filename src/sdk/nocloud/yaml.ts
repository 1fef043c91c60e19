import { LabError } from '../errors.ts';

export type Value = string | number | boolean | Bare | Literal | Fields | readonly (string | Fields)[];
export interface Fields {
  readonly [key: string]: Value;
}

/** A word without quotes, for readers that go by lines. Only for text whose own pattern leaves YAML nothing to read into it. */
export class Bare {
  readonly word: string;
  constructor(word: string) {
    this.word = word;
  }
}

/** Lines kept as they are, as a block scalar. */
export class Literal {
  readonly lines: readonly string[];
  constructor(text: string) {
    this.lines = text.trimEnd().split('\n');
  }
}

/** Block style, one key or item a line, every string quoted as JSON quotes it: small enough that a shell script can read it back. */
export const yaml = (document: Fields): string => `${fields(document).join('\n')}\n`;

const fields = (map: Fields): string[] => Object.entries(map).flatMap(([key, value]) => field(key, value));

function field(key: string, value: Value): string[] {
  if (value instanceof Literal) return [`${key}: |`, ...indented(value.lines.map(printable))];
  if (value instanceof Bare) return [`${key}: ${printable(value.word)}`];
  if (isList(value) && value.length === 0) return [`${key}: []`];
  if (isList(value)) return [`${key}:`, ...indented(value.flatMap(item))];
  if (typeof value === 'object') return [`${key}:`, ...indented(fields(value))];
  return [`${key}: ${scalar(value)}`];
}

function item(value: string | Fields): string[] {
  const [first = '', ...rest] = typeof value === 'object' ? fields(value) : [scalar(value)];
  return [`- ${first}`, ...indented(rest)];
}

const scalar = (value: string | number | boolean): string =>
  JSON.stringify(typeof value === 'string' ? printable(value) : value);

/** JSON is YAML only as far as printable ASCII goes: beyond it parsers differ. */
function printable(text: string): string {
  if (/^[ -~]*$/.test(text)) return text;
  throw new LabError('INVALID_INPUT', 'A seed holds printable ASCII only, and no line breaks.');
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

const isList = (value: Value): value is readonly (string | Fields)[] => Array.isArray(value);
