import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { program, type Served } from './served.ts';

export interface Message {
  readonly id?: number | string | null;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: number; readonly message: string };
}

/** JSON-RPC by hand, for what a client library would never send. */
export interface Raw extends AsyncDisposable {
  /** Every message that came, in order. */
  readonly heard: readonly Message[];
  send(what: string | object): void;
  /** The message with this id, or the first for which it is true; nothing when the connection ends without one. */
  answer(wanted: number | ((message: Message) => boolean)): Promise<Message | undefined>;
  /** Sends a request under a new id and waits for its answer. */
  ask(method: string, params?: object): Promise<Message | undefined>;
  /** Resolves when the other side has hung up. */
  readonly ended: Promise<void>;
}

/** A connection to the lab server's own socket, which says nothing by itself. */
export async function connectRaw({ place }: Pick<Served, 'place'>): Promise<Raw & { readonly socket: Socket }> {
  const socket = createConnection(place.socket);
  await once(socket, 'connect');
  return { ...speaker(socket, socket), socket, [Symbol.asyncDispose]: async () => void socket.destroy() };
}

/** `labwarden serve`, as an MCP client starts it. */
export function serveRaw(
  { env, config, dir }: Served,
  ...more: readonly string[]
): Raw & { readonly child: ChildProcess; stderr(): string } {
  const child = spawn(program, ['serve', '--config', config, ...more], { env, cwd: dir, stdio: 'pipe' });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    said += piece;
  });
  const gone = once(child, 'close');
  const end = async () => {
    child.stdin.end();
    await gone;
  };
  return { ...speaker(child.stdout, child.stdin), child, stderr: () => said, [Symbol.asyncDispose]: end };
}

function speaker(input: Readable, output: Writable): Omit<Raw, typeof Symbol.asyncDispose> {
  const heard: Message[] = [];
  const news = new EventTarget();
  let over = false;
  output.on('error', () => {}); // the other side may hang up while we speak
  input.on('error', () => {});
  let rest = '';
  input.setEncoding('utf8').on('data', (piece: string) => {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    heard.push(...lines.map((line) => JSON.parse(line)));
    news.dispatchEvent(new Event('news'));
  });
  const ended = new Promise<void>((resolve) =>
    input.once('close', () => {
      over = true;
      news.dispatchEvent(new Event('news'));
      resolve();
    }),
  );
  const send: Raw['send'] = (what) => void output.write(typeof what === 'string' ? what : `${JSON.stringify(what)}\n`);
  const answer: Raw['answer'] = async (wanted) => {
    const fits = typeof wanted === 'function' ? wanted : ({ id, method }: Message) => id === wanted && !method;
    for (;;) {
      const found = heard.find(fits);
      if (found || over) return found;
      await new Promise((resolve) => news.addEventListener('news', resolve, { once: true }));
    }
  };
  let id = 1000;
  const ask: Raw['ask'] = (method, params = {}) => {
    id += 1;
    send({ jsonrpc: '2.0', id, method, params });
    return answer(id);
  };
  return { heard, send, answer, ask, ended };
}
