import { parseArgs } from 'node:util';
import type { Answers, Asking } from '../kernel/approval/desk.ts';
import { type Code, LabError } from '../sdk/errors.ts';
import { here, placeOf } from '../transports/place.ts';
import { reach } from '../transports/start.ts';

/** Asks the lab server one thing for an approver; starts it when none runs. Throws what it answers with. */
export async function askLab<K extends Asking['do']>(
  about: Extract<Asking, { readonly do: K }>,
  config: string | undefined,
): Promise<Answers[K]> {
  const socket = await reach(placeOf(here(config)), config);
  socket.write(`${JSON.stringify({ hello: 1, via: 'cli', ask: 'approver', about })}\n`);
  let line = '';
  for await (const piece of socket.setEncoding('utf8')) line += piece;
  if (line === '') throw new LabError('CONFLICT', 'The lab server ended before it answered. Ask again.');
  const { data, error } = JSON.parse(line) as { data?: Answers[K]; error?: { code: Code; message: string } };
  if (data) return data;
  throw new LabError(error?.code ?? 'INTERNAL', error?.message ?? 'The lab server answered nothing.');
}

/** What follows a command: words, and options. */
export interface Words {
  readonly named: readonly string[];
  readonly config: string | undefined;
  text(option: string): string | undefined;
  has(option: string): boolean;
}

type Options = Readonly<Record<string, 'string' | 'boolean'>>;

/** These options, and `--config FILE`. Throws INVALID_INPUT. */
export function words(args: readonly string[], usage: string, most: number, options: Options = {}): Words {
  const known = Object.entries({ ...options, config: 'string' as const }).map(([name, type]) => [name, { type }]);
  try {
    const parsed = parseArgs({ args: [...args], allowPositionals: true, options: Object.fromEntries(known) });
    const values: Readonly<Record<string, unknown>> = parsed.values;
    const text = (option: string) => (typeof values[option] === 'string' ? values[option] : undefined);
    const has = (option: string) => values[option] === true;
    if (parsed.positionals.length <= most) return { named: parsed.positionals, config: text('config'), text, has };
  } catch {
    // said below
  }
  throw new LabError('INVALID_INPUT', `labwarden does not know "${args.join(' ')}" here; it is: labwarden ${usage}.`);
}
