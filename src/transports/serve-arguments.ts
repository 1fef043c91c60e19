import { parseArgs } from 'node:util';
import { LabError } from '../sdk/errors.ts';

/** What `labwarden serve` was asked for: a lab, and for this client perhaps less of it. */
export interface ServeArguments {
  readonly config?: string;
  readonly toolsets?: readonly string[];
  readonly readOnly?: true;
}

const options = { config: { type: 'string' }, toolsets: { type: 'string' }, 'read-only': { type: 'boolean' } } as const;

/** Throws INVALID_INPUT. */
export function serveArguments(args: readonly string[]): ServeArguments {
  const { config, toolsets, 'read-only': readOnly } = parsed(args);
  if (config === '') throw notKnown(args);
  const chosen = toolsets?.split(',').map((name) => name.trim());
  if (chosen?.includes('')) throw new LabError('INVALID_INPUT', '--toolsets takes names with commas between them.');
  return {
    ...(config !== undefined && { config }),
    ...(chosen && { toolsets: [...new Set(chosen)] }),
    ...(readOnly && { readOnly }),
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch {
    throw notKnown(args);
  }
}

const notKnown = (args: readonly string[]) =>
  new LabError(
    'INVALID_INPUT',
    `labwarden does not know "${args.join(' ')}" here; it takes --config FILE, --toolsets NAME,NAME and --read-only.`,
  );
