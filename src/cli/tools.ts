import { labSession } from './lab-session.ts';
import { optionsOf } from './options.ts';

interface Tool {
  readonly name: string;
  readonly description?: string;
}

/** `labwarden tools`: what a client of this lab is offered. */
export async function tools(args: readonly string[]): Promise<number> {
  const { values } = optionsOf(args, { command: 'tools', options: { config: 'FILE', json: '' } });
  using session = await labSession(values.config);
  const list = (await session.request('tools/list')) as { readonly tools: readonly Tool[] };
  process.stdout.write(`${values.json ? JSON.stringify(list, null, 2) : table(list.tools)}\n`);
  return 0;
}

function table(all: readonly Tool[]): string {
  const width = Math.max(0, ...all.map(({ name }) => name.length));
  return all.map(({ name, description = '' }) => `${name.padEnd(width)}  ${description}`).join('\n');
}
