import { Client as ClientV2 } from '@modelcontextprotocol/client';
import { StdioClientTransport as StdioV2 } from '@modelcontextprotocol/client/stdio';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as StdioV1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { program, type Served } from './served.ts';

export interface Answered {
  readonly isError?: boolean;
  readonly content: readonly { readonly type: string; readonly text: string }[];
  readonly structuredContent?: Readonly<Record<string, unknown>>;
}

export interface Tool {
  readonly name: string;
  readonly description?: string;
  readonly inputSchema: Schema;
  readonly outputSchema?: Schema;
  readonly annotations?: Readonly<Record<string, unknown>>;
}

export interface Schema {
  readonly type: string;
  readonly properties?: Readonly<Record<string, { readonly description?: string }>>;
}

interface CallOptions {
  signal?: AbortSignal;
  onprogress?: (progress: { progress: number; total?: number | undefined; message?: string | undefined }) => void;
}

/** What a person types into the form they are shown; `decline` when they say no. */
export type Person = (message: string) => { readonly type_the_name: string } | 'decline';

/** One of the client libraries, with the same face as the others. */
export interface McpClient extends AsyncDisposable {
  readonly era: string | undefined;
  tools(): Promise<readonly Tool[]>;
  call(tool: string, args?: object, options?: CallOptions): Promise<Answered>;
  close(): Promise<void>;
  /** Ends the program at the other end of the pipe without a word. */
  kill(): void;
}

export type Connect = (served: Served, person?: Person) => Promise<McpClient>;

const identity = { name: 'a-test', version: '1' };
const asks = { capabilities: { elicitation: { form: {} } } };
const answerOf = (said: ReturnType<Person>) =>
  said === 'decline' ? { action: 'decline' as const } : { action: 'accept' as const, content: { ...said } };
const started = ({ config, env, dir: cwd }: Served) => ({
  ...{ command: program, args: ['serve', '--config', config], env: { ...env }, cwd },
  stderr: 'ignore' as const,
});

export const v1: Connect = async (served, person) => {
  const client = new ClientV1(identity, person ? asks : {});
  if (person)
    client.setRequestHandler(ElicitRequestSchema, ({ params }) => Promise.resolve(answerOf(person(params.message))));
  const transport = new StdioV1(started(served));
  await client.connect(transport);
  return {
    era: '2025-11-25',
    tools: async () => (await client.listTools()).tools as readonly Tool[],
    call: async (name, args, options) =>
      (await client.callTool({ name, arguments: { ...args } }, undefined, options)) as unknown as Answered,
    ...ends(client, transport),
  };
};

const negotiating =
  (versionNegotiation: { mode: 'legacy' | { pin: string } }): Connect =>
  async (served, person) => {
    const client = new ClientV2(identity, { ...(person && asks), versionNegotiation });
    if (person) client.setRequestHandler('elicitation/create', ({ params }) => answerOf(person(params.message)));
    const transport = new StdioV2(started(served));
    await client.connect(transport);
    return {
      era: client.getNegotiatedProtocolVersion(),
      tools: async () => (await client.listTools()).tools as unknown as readonly Tool[],
      call: async (name, args, options) =>
        (await client.callTool({ name, arguments: { ...args } }, options)) as unknown as Answered,
      ...ends(client, transport),
    };
  };

const ends = (client: { close(): Promise<void> }, transport: { readonly pid: number | null }) => ({
  close: () => client.close(),
  kill: () => void (transport.pid !== null && process.kill(transport.pid, 'SIGKILL')),
  [Symbol.asyncDispose]: () => client.close(),
});

export const v2: Connect = negotiating({ mode: { pin: '2026-07-28' } });

/** Every client that labwarden promises to work with. */
export const clients: Readonly<Record<string, Connect>> = {
  'the v1 client, 2025-11-25': v1,
  'the v2 client, legacy': negotiating({ mode: 'legacy' }),
  'the v2 client, 2026-07-28': v2,
};

/** What an error tells: its first line, and the JSON for programs. */
export function told({ isError, content, structuredContent }: Answered) {
  const [sentence, json] = content.map(({ text }) => text);
  return { isError, sentence, structuredContent, ...JSON.parse(json ?? '{}') };
}
