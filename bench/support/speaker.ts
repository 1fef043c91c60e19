import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

interface Answer {
  readonly result?: { readonly isError?: boolean; readonly structuredContent?: object };
}

/** An MCP server on stdio and as little as possible of a client: what is timed is the server. */
export class Speaker implements AsyncDisposable {
  /** From its birth to the answered `initialize`. */
  readonly startMs: number;
  readonly #child: ChildProcess;
  readonly #waiting: Map<number, (answer: Answer) => void>;

  private constructor(child: ChildProcess, waiting: Map<number, (answer: Answer) => void>, startMs: number) {
    this.#child = child;
    this.#waiting = waiting;
    this.startMs = startMs;
  }

  static async start({ command, args, env }: Program): Promise<Speaker> {
    const began = performance.now();
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], env });
    const waiting = new Map<number, (answer: Answer) => void>();
    createInterface({ input: child.stdout }).on('line', (line) => {
      const answer = JSON.parse(line);
      waiting.get(answer.id)?.(answer);
    });
    const answered = new Promise<Answer>((resolve) => waiting.set(0, resolve));
    child.stdin.write(hello);
    await Promise.race([answered, once(child, 'exit').then(gone)]);
    const startMs = performance.now() - began;
    child.stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
    return new Speaker(child, waiting, startMs);
  }

  #last = 0;

  /** Answers what the tool did, errors included. */
  call(name: string, args: object): Promise<Answer> {
    const id = ++this.#last;
    const line = JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } });
    return new Promise((resolve) => {
      this.#waiting.set(id, (answer) => {
        this.#waiting.delete(id);
        resolve(answer);
      });
      this.#child.stdin?.write(`${line}\n`);
    });
  }

  /** Throws with the answer when the tool did not do it. */
  async done(name: string, args: object): Promise<object> {
    const answer = await this.call(name, args);
    if (answer.result?.structuredContent && !answer.result.isError) return answer.result.structuredContent;
    throw new Error(`${name} was not done: ${JSON.stringify(answer)}`);
  }

  /** Memory that it holds now. */
  get residentKiB(): number {
    return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(this.#child.pid)], { encoding: 'utf8' }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exit = once(this.#child, 'exit');
    this.#child.stdin?.end();
    await exit;
  }
}

const hello = `${JSON.stringify({
  ...{ jsonrpc: '2.0', id: 0, method: 'initialize' },
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'bench', version: '1' } },
})}\n`;

const gone = (): never => {
  throw new Error('The server ended before it answered.');
};
