import { LabError } from '../sdk/errors.ts';
import type { Person, Question } from '../transports/session.ts';
import { plainText } from './plain.ts';
import { hasTerminal, openTerminal, type Terminal } from './terminal.ts';

/** The person at the controlling terminal; nobody when there is none, so that nothing a program pipes in can pass for their answer. */
export function atTerminal(): Person | undefined {
  if (!hasTerminal()) return undefined;
  return {
    async answer(question) {
      // Only while it is asked: at other times Ctrl-C means the call.
      using terminal = openTerminal();
      return await answered(terminal, question).catch(nothingTyped);
    },
    progress: (message) => void process.stderr.write(`${plainText(message)}\n`),
  };
}

async function answered(terminal: Terminal, { message, fields }: Question) {
  for (const line of message.split('\n')) terminal.say(line);
  const typed: Record<string, string> = {};
  for (const [name, title] of Object.entries(fields)) typed[name] = (await terminal.ask(`${title}: `)).trim();
  return Object.values(typed).some((text) => text !== '') ? typed : undefined;
}

/** Whoever leaves the question has not said yes. */
function nothingTyped(reason: unknown): undefined {
  if (LabError.of(reason).code !== 'CANCELLED') throw reason;
}
