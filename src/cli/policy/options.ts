import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { LabError } from '../../sdk/errors.ts';

/** What stands behind a command. Throws INVALID_INPUT that names the word it does not know, and what it takes. */
export function optionsOf<T extends ParseArgsOptionsConfig>(args: readonly string[], options: T, usage: string) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (cause) {
    const { message } = cause as Error;
    const word = /'([^' ]+)/.exec(message)?.[1] ?? args.join(' ');
    const why = message.includes('argument missing') ? 'needs a value' : 'is not understood';
    throw new LabError('INVALID_INPUT', `"${word}" ${why} here; use: labwarden policy ${usage}`, { cause });
  }
}

/** Throws INVALID_INPUT when a command got too few or too many words. */
export function wrongWords(what: string, usage: string): never {
  throw new LabError('INVALID_INPUT', `${what}; use: labwarden policy ${usage}`);
}

/** `a.yaml,b.yaml`; `undefined` when nothing was said. */
export const listOf = (text: string | undefined): readonly string[] | undefined =>
  text
    ?.split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

export const print = (text: string): void => {
  if (text !== '') process.stdout.write(`${text}\n`);
};

export const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2));
