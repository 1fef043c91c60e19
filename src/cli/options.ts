import { parseArgs } from 'node:util';
import { nearest } from '../document/nearest.ts';
import { LabError } from '../sdk/errors.ts';

/** Options by name, each with what a person writes behind it: `''` for nothing, `NOTE…` for one that may come more than once. */
type Options = Readonly<Record<string, string>>;

type Value<T extends string> = T extends '' ? boolean : T extends `${string}…` ? readonly string[] : string;

type Values<O extends Options> = { readonly [K in keyof O]?: Value<O[K]> };

/** One command, as its usage shows it. */
export interface Takes<O extends Options = Options> {
  readonly command: string;
  /** In order: `ID`, `[REASON]` for one that may be left out, `FILES…` for any number. */
  readonly words?: readonly string[];
  readonly options: O;
  /** One letter for an option. */
  readonly short?: { readonly [K in keyof O]?: string };
}

/** What stands behind a command. Throws INVALID_INPUT that names what is wrong with which word, and what the command takes. */
export function optionsOf<const O extends Options>(args: readonly string[], takes: Takes<O>) {
  const { positionals: words, values } = parsed(args, takes);
  const { least, most } = counts(takes.words ?? []);
  const extra = words[most];
  if (extra !== undefined) throw wrong(`"${extra}" is one word too many`, takes);
  if (words.length < least) throw wrong(`${takes.words?.[words.length]} is missing`, takes);
  return { values: values as Values<O>, words };
}

/** Throws INVALID_INPUT that says what the command takes. */
export function wrong(what: string, takes: Takes): LabError {
  return new LabError('INVALID_INPUT', `${what}; use: labwarden ${usage(takes)}`);
}

/** Which of a command's parts is meant: `list` of `labwarden approver list`. */
export function verbOf<V extends string>(command: string, typed: string | undefined, verbs: readonly V[]): V {
  const verb = verbs.find((one) => one === typed);
  if (verb !== undefined) return verb;
  const near = nearest(typed ?? '', verbs);
  const but =
    typed === undefined || typed.startsWith('-')
      ? ''
      : `, not "${typed}"${near === undefined ? '' : `; did you mean "${near}"?`}`;
  const sentence = `labwarden ${command} takes ${verbs.length > 1 ? 'one of ' : ''}${verbs.join(', ')}${but}`;
  throw new LabError('INVALID_INPUT', sentence.endsWith('?') ? sentence : `${sentence}.`);
}

const usage = ({ command, words = [], options, short = {} }: Takes): string =>
  [command, ...words, ...Object.entries(options).map(([name, value]) => optionText(name, value, short[name]))].join(
    ' ',
  );

function optionText(name: string, value: string, letter: string | undefined): string {
  const [plain, more] = value.endsWith('…') ? [value.slice(0, -1), '…'] : [value, ''];
  const written = `${letter === undefined ? '' : `-${letter}|`}--${name}`;
  return `[${[written, plain].filter(Boolean).join(' ')}]${more}`;
}

function counts(words: readonly string[]) {
  const least = words.filter((word) => !word.startsWith('[') && !word.endsWith('…')).length;
  return { least, most: words.some((word) => word.includes('…')) ? Number.POSITIVE_INFINITY : words.length };
}

function parsed(args: readonly string[], takes: Takes) {
  const known = Object.entries(takes.options).map(([name, value]) => {
    const [type, multiple, letter] = [value === '' ? 'boolean' : 'string', value.endsWith('…'), takes.short?.[name]];
    return [name, { type, multiple, ...(letter !== undefined && { short: letter }) }] as const;
  });
  const options = Object.fromEntries(known) as Record<string, { type: 'boolean' | 'string'; multiple: boolean }>;
  // Not strict: node says what is wrong in words of its own, and takes the second of two.
  const { tokens, ...found } = parseArgs({
    args: [...args],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const seen = new Set<string>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    const option = Object.hasOwn(options, name) ? options[name] : undefined;
    if (!option) throw wrong(`"${rawName}" is not understood here${meant(rawName, options)}`, takes);
    if (option.type === 'boolean' && value !== undefined) throw wrong(`"${rawName}" takes no value`, takes);
    if (option.type === 'string' && isNoValue(token)) throw wrong(`"${rawName}" needs a value`, takes);
    if (seen.has(name) && !option.multiple) throw wrong(`"${rawName}" stands here twice`, takes);
    seen.add(name);
  }
  return found;
}

/** `--config --json` is a value that was forgotten; `--config=--json` is meant so. */
const isNoValue = ({
  value,
  inlineValue,
}: {
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}) => value === undefined || value === '' || (!inlineValue && /^-./.test(value));

function meant(rawName: string, options: object): string {
  const near = nearest(
    rawName,
    Object.keys(options).map((name) => `--${name}`),
  );
  return near === undefined ? '' : ` (did you mean "${near}"?)`;
}
