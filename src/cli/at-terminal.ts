import { createInterface } from 'node:readline/promises';
import type { Person } from '../transports/session.ts';
import { plainText } from './plain.ts';

/** The person at this terminal; nobody when there is none, so that nothing a program pipes in can pass for their answer. */
export function atTerminal(): Person | undefined {
  const { stdin, stderr } = process;
  if (!stdin.isTTY || !stderr.isTTY) return undefined;
  return {
    async answer({ message, fields }) {
      stderr.write(`${plainText(message)}\n`);
      const typed: Record<string, string> = {};
      for (const [name, title] of Object.entries(fields)) typed[name] = await asked(`${plainText(title)}: `);
      return Object.values(typed).some((text) => text !== '') ? typed : undefined;
    },
    progress: (message) => void stderr.write(`${plainText(message)}\n`),
  };
}

async function asked(prompt: string): Promise<string> {
  using lines = createInterface({ input: process.stdin, output: process.stderr });
  return (await lines.question(prompt)).trim();
}
