import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { type Place, root } from './place.ts';

export interface DemoClient {
  readonly tools: number;
  /** What the tool answered. Throws Refused when it did not do it. */
  call(tool: string, args: object): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

export class Refused extends Error {
  readonly code: string;
  readonly details: object;

  constructor(code: string, message: string, details: object = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

const longMs = 30 * 60_000;

/** A real MCP client that starts labwarden as Claude Code or VS Code would. `onQuestion` plays the person and answers what they type. */
export async function connect(place: Place, onQuestion: (message: string) => string): Promise<DemoClient> {
  const client = new Client(
    { name: 'labwarden-demo', version: '1' },
    { capabilities: { elicitation: { form: {} } }, versionNegotiation: { mode: { pin: '2026-07-28' } } },
  );
  client.setRequestHandler('elicitation/create', ({ params }) => ({
    action: 'accept',
    content: { type_the_name: onQuestion(params.message) },
  }));
  const command = `${root}/labwarden`;
  const { env, dir: cwd, config } = place;
  await client.connect(new StdioClientTransport({ command, args: ['serve', '--config', config], env, cwd }));
  const { tools } = await client.listTools();
  return {
    tools: tools.length,
    call: (name, args) => answered(client, name, args),
    close: () => client.close(),
  };
}

type Answer = Record<string, unknown>;

/** What the call answered, also when it took so long that it went on as a job. */
async function answered(client: Client, name: string, args: object): Promise<Answer> {
  const answer = await client.callTool({ name, arguments: { ...args } }, { timeout: longMs });
  if (!answer.isError) return { ...Object(answer.structuredContent) };
  const [, json] = answer.content;
  const { code, message, details } = JSON.parse(json?.type === 'text' ? json.text : '{}');
  if (code !== 'STILL_RUNNING') throw new Refused(String(code), String(message), Object(details));
  for (;;) {
    const job = await answered(client, 'job_get', { job_id: details.job_id, wait_s: 40 });
    const error = Object(job['error']);
    if (job['status'] === 'done') return { ...Object(job['result']) };
    if (job['status'] !== 'running')
      throw new Refused(String(error.code), String(error.message), Object(error.details));
  }
}
