import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { LabError } from '../sdk/errors.ts';

/** A question for the person at the terminal: what they are shown, and the texts they are asked for by name. */
export interface Question {
  readonly message: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface Person {
  /** What they typed by field; `undefined` is a no. */
  answer(question: Question): Promise<Readonly<Record<string, string>> | undefined>;
  progress(message: string): void;
}

/** A client of the lab server that is part of labwarden itself: what it asks goes the same way as everybody's. */
export interface Session extends Disposable {
  /** The result. Throws INTERNAL with the server's words for a protocol error, CANCELLED once the signal has aborted. */
  request(method: string, params?: object, signal?: AbortSignal): Promise<object>;
}

interface Message {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: object;
  readonly error?: { readonly message: string };
}

const protocolVersion = '2025-11-25';

/** Speaks MCP over a socket that `reach` has opened. Without a person no question is ever put. */
export async function openSession(socket: Socket, version: string, person?: Person): Promise<Session> {
  const waiting = new Map<number, PromiseWithResolvers<object>>();
  let next = 1;
  const send = (message: object) => void socket.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  socket.on('error', () => {}); // 'close' follows
  socket.once('close', () => {
    for (const { reject } of waiting.values()) reject(gone());
  });
  createInterface({ input: socket }).on('line', (line) => {
    const message: Message = JSON.parse(line);
    if (message.method !== undefined) void heard(message, person, send);
    else answered(waiting.get(Number(message.id)), message);
  });
  const session: Session = {
    async request(method, params = {}, signal) {
      // Nobody would hear of its end any more.
      if (socket.destroyed) throw gone();
      const id = next++;
      const answer = Promise.withResolvers<object>();
      const cancel = () => {
        send({ method: 'notifications/cancelled', params: { requestId: id, reason: 'The person said stop.' } });
        answer.reject(
          new LabError('CANCELLED', 'Cancelled. What it had begun is told to stop; job_list shows how it ends.'),
        );
      };
      signal?.addEventListener('abort', cancel, { once: true });
      waiting.set(id, answer);
      send({ id, method, params: { ...params, _meta: { progressToken: id } } });
      return await answer.promise.finally(() => {
        waiting.delete(id);
        signal?.removeEventListener('abort', cancel);
      });
    },
    [Symbol.dispose]: () => void socket.end(),
  };
  socket.write(`${JSON.stringify({ hello: 1, via: 'cli' })}\n`);
  const capabilities = person ? { elicitation: {} } : {};
  await session.request('initialize', { protocolVersion, capabilities, clientInfo: { name: 'labwarden', version } });
  send({ method: 'notifications/initialized' });
  return session;
}

function answered(waiting: PromiseWithResolvers<object> | undefined, { result, error }: Message): void {
  if (error) waiting?.reject(new LabError('INTERNAL', error.message, { cause: new Error(error.message) }));
  else waiting?.resolve(result ?? {});
}

async function heard({ id, method, params }: Message, person: Person | undefined, send: (message: object) => void) {
  if (method === 'notifications/progress') person?.progress(String(params?.['message'] ?? ''));
  if (id === undefined) return;
  if (method === 'elicitation/create' && person) {
    const content = await person.answer(questionOf(params ?? {}));
    send({ id, result: content ? { action: 'accept', content } : { action: 'decline' } });
  } else if (method === 'ping') send({ id, result: {} });
  else send({ id, error: { code: -32601, message: `labwarden's own client does not know "${method}".` } });
}

function questionOf(params: Readonly<Record<string, unknown>>): Question {
  const { properties, required } = Object(params['requestedSchema']);
  const wanted = Array.isArray(required) ? required.map(String) : [];
  const fields = wanted.map((name) => [name, String(Object(Object(properties)[name]).title ?? name)]);
  return { message: String(params['message'] ?? ''), fields: Object.fromEntries(fields) };
}

const gone = () => new LabError('PROVIDER_UNAVAILABLE', 'The lab server has gone; ask again, and it is started again.');
