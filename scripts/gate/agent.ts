import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Refused } from '../demo/client.ts';
import { type Place, root } from '../demo/place.ts';

type Json = Readonly<Record<string, unknown>>;

/** What a question came with: an agent may send it back with anything it likes. */
export interface Question {
  readonly message: string;
  readonly requestState: unknown;
}

/** An agent that speaks for a person, and may say on the wire what no honest client would. */
export interface Agent extends AsyncDisposable {
  /** The answer. Throws Refused; a question is answered by `yes` when there is one. */
  call(tool: string, args: object, more?: object): Promise<Json>;
  /** The question that a call is asked. Throws when it is not. */
  asked(tool: string, args: object, more?: object): Promise<Question>;
}

/** `labwarden serve` through this person's own socket, in the protocol of 2026-07-28, where each request stands alone. */
export function agentOf({ dir, env }: Place, person: string, name: string): Agent {
  const child = spawn(join(root, 'labwarden'), ['serve'], {
    ...{ cwd: dir, stdio: ['pipe', 'pipe', 'inherit'] },
    env: { ...env, LABWARDEN_SOCKET: join(dir, 'people', `${person}.sock`) },
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const waiting = new Map<number, (message: Json) => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const message = JSON.parse(line);
    waiting.get(message.id)?.(message);
  });
  let id = 0;
  const send = (method: string, params: object): Promise<Json> => {
    id += 1;
    const answer = new Promise<Json>((resolve) => waiting.set(id, resolve));
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params: { ...params, _meta: meta(name) } })}\n`);
    return answer;
  };
  const ask = async (tool: string, args: object, more: object) =>
    await send('tools/call', { name: tool, arguments: args, ...more });
  return {
    async call(tool, args, more = {}) {
      return resultOf(await ask(tool, args, more));
    },
    async asked(tool, args, more = {}) {
      const answer = await ask(tool, args, more);
      const { inputRequests, requestState } = Object(answer['result']);
      const message = Object(inputRequests)?.confirm?.params?.message;
      if (typeof message !== 'string') throw new Error(`Nobody was asked: ${JSON.stringify(answer)}`);
      return { message, requestState };
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}

const prefix = 'io.modelcontextprotocol/';
const meta = (name: string) => ({
  [`${prefix}protocolVersion`]: '2026-07-28',
  [`${prefix}clientInfo`]: { name, version: '1' },
  [`${prefix}clientCapabilities`]: { elicitation: { form: {} } },
});

function resultOf({ result, error }: Json): Json {
  if (error !== undefined) throw new Refused('INVALID_INPUT', String(Object(error).message));
  const { isError, structuredContent, content, inputRequests } = Object(result);
  if (inputRequests !== undefined) throw new Refused('CONFIRMATION_REQUIRED', inputRequests.confirm.params.message);
  if (!isError) return structuredContent;
  const { code, message, details } = JSON.parse(content[1].text);
  throw new Refused(code, message, details);
}

/** A yes, with the name that was to be typed. */
export const yes = (name: string, requestState?: unknown): object => ({
  inputResponses: { confirm: { action: 'accept', content: { type_the_name: name } } },
  ...(requestState !== undefined && { requestState }),
});
