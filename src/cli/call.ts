import type { Session } from '../transports/session.ts';
import { atTerminal } from './at-terminal.ts';
import { labSession } from './lab-session.ts';
import { optionsOf } from './options.ts';
import { plainJson, plainText } from './plain.ts';
import { type Schema, toolArguments } from './tool-arguments.ts';

const takes = {
  command: 'call',
  words: ['TOOL', '[NAME=VALUE…|JSON]'],
  options: { 'no-wait': '', config: 'FILE' },
} as const;

/** `labwarden call TOOL`: one call down the line, by hand. The answer goes to stdout as JSON; 1 when it failed. */
export async function call(args: readonly string[]): Promise<number> {
  const { words, values } = optionsOf(args, takes);
  const [tool = '', ...rest] = words;
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const person = atTerminal();
  using session = await labSession(values.config, person);
  const given = toolArguments(rest, await schemaOf(session, tool));
  const answer = await called(session, tool, given, stop.signal);
  const { isError, value } = values['no-wait'] ? answer : await ended(session, answer, stop.signal);
  if (!isError) return said(value);
  const { code, message, advice } = value;
  const there = code === 'CONFIRMATION_REQUIRED' && person === undefined ? byHand : '';
  process.stderr.write(
    `${plainText(`labwarden: ${code}: ${message}`)}${advice === undefined ? '' : ` [${advice}]`}\n${there}`,
  );
  return 1;
}

const byHand = 'labwarden call asks you itself when you run it in a terminal.\n';

interface Answer {
  readonly isError: boolean;
  readonly value: Readonly<Record<string, unknown>>;
}

async function schemaOf(session: Session, tool: string): Promise<Schema> {
  const list = (await session.request('tools/list')) as {
    readonly tools: readonly { readonly name: string; readonly inputSchema: Schema }[];
  };
  return list.tools.find(({ name }) => name === tool)?.inputSchema ?? {};
}

async function called(session: Session, name: string, given: object, signal?: AbortSignal): Promise<Answer> {
  const result = await session.request('tools/call', { name, arguments: given }, signal);
  const {
    isError = false,
    structuredContent,
    content,
  } = result as {
    readonly isError?: boolean;
    readonly structuredContent?: Answer['value'];
    readonly content: readonly { readonly text?: string }[];
  };
  // A failure is two texts: a sentence for people, then the whole of it as JSON.
  return { isError, value: isError ? JSON.parse(content[1]?.text ?? '{}') : (structuredContent ?? {}) };
}

/** A call that went on as a job is waited for; Ctrl-C tells the job to stop, and its end is waited for as well. */
async function ended(session: Session, answer: Answer, signal: AbortSignal): Promise<Answer> {
  if (answer.value['code'] !== 'STILL_RUNNING') return answer;
  const { job_id } = Object(answer.value['details']);
  process.stderr.write(`It goes on as job ${job_id}.\n`);
  const cancel = () => void called(session, 'job_cancel', { job_id }).catch(() => {}); // it may have ended meanwhile
  if (signal.aborted) cancel();
  else signal.addEventListener('abort', cancel, { once: true });
  for (;;) {
    const { isError, value } = await called(session, 'job_get', { job_id, wait_s: 40 });
    if (isError) return { isError, value };
    if (value['status'] === 'done') return { isError: false, value: Object(value['result']) };
    if (value['status'] !== 'running') return { isError: true, value: Object(value['error']) };
  }
}

function said(value: object): number {
  process.stdout.write(`${plainJson(value, 2)}\n`);
  return 0;
}
