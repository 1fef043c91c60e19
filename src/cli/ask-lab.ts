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
