import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { LabError } from '../sdk/errors.ts';

/** What was typed behind a command. Throws INVALID_INPUT that says what the command takes. */
export function optionsOf<O extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: O,
  takes: string,
  words = false,
) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: words });
  } catch {
    throw new LabError('INVALID_INPUT', `labwarden does not know "${args.join(' ')}" here; it takes ${takes}.`);
  }
}
