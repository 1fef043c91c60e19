import type { Socket } from 'node:net';
import type { Client } from 'ssh2';
import { LabError } from '../../sdk/index.ts';
import type { Line } from './dial.ts';
import { Running } from './running.ts';

export interface LinkOptions {
  readonly idleMs: number;
  readonly keepaliveMs: number;
}

interface StartLimits {
  readonly withinMs: number;
  readonly maxOutputBytes: number;
}

const silencesUntilDead = 3;

/** One SSH connection. It holds the process only while it is in use, and goes by itself when nobody uses it. */
export class Link {
  readonly closed: Promise<void>;
  readonly #name: string;
  readonly #client: Client;
  readonly #socket: Socket;
  readonly #idleMs: number;
  readonly #keepalive: NodeJS.Timeout;
  #idle: NodeJS.Timeout | undefined;
  #users = 0;
  #silences = 0;
  #open = true;

  constructor(name: string, { client, socket }: Line, { idleMs, keepaliveMs }: LinkOptions) {
    this.#name = name;
    this.#client = client;
    this.#socket = socket;
    this.#idleMs = idleMs;
    this.#keepalive = setInterval(() => this.#beat(), keepaliveMs).unref();
    const closed = Promise.withResolvers<void>();
    this.closed = closed.promise;
    client.once('close', () => {
      this.#over();
      closed.resolve();
    });
    this.#rest();
  }

  get open(): boolean {
    return this.#open;
  }

  /** Until it is disposed of, the connection is in use. */
  use(): Disposable {
    clearTimeout(this.#idle);
    this.#users++;
    this.#socket.ref();
    return {
      [Symbol.dispose]: () => {
        if (--this.#users === 0) this.#rest();
      },
    };
  }

  /** Whether the other side still answers. */
  async answers(withinMs: number): Promise<boolean> {
    using _ = this.use();
    const answer = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => answer.resolve(false), withinMs);
    this.#ask(answer.resolve);
    return await answer.promise.finally(() => clearTimeout(timer));
  }

  /**
   * Asks for a command to be started. `undefined` when it certainly was not, because the connection is dead: the command is sent
   * only after the machine has granted a channel, and nothing was heard from it since we asked for one.
   */
  async start(command: string, { withinMs, maxOutputBytes }: StartLimits): Promise<Running | undefined> {
    using _ = this.use();
    const heard = this.#socket.bytesRead;
    try {
      return await this.#exec(command, withinMs, maxOutputBytes);
    } catch (cause) {
      if (cause instanceof LabError) throw cause;
      if (this.#socket.bytesRead !== heard) throw connectionLost(this.#name, cause);
      this.drop();
      return undefined;
    }
  }

  /** Rejects with a LabError when the machine said no, with anything else when it said nothing. */
  #exec(command: string, withinMs: number, maxOutputBytes: number): Promise<Running> {
    const started = Promise.withResolvers<Running>();
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      started.reject(new Error(`no answer within ${withinMs} ms`));
    }, withinMs);
    try {
      this.#client.exec(command, (error, channel) => {
        clearTimeout(timer);
        if (error) return started.reject(this.#socket.destroyed ? error : this.#refused(error));
        const running = new Running(channel, maxOutputBytes);
        if (late) running.end();
        else started.resolve(running);
      });
    } catch (error) {
      clearTimeout(timer);
      started.reject(error); // ssh2: not connected
    }
    return started.promise;
  }

  #refused(cause: Error): LabError {
    const details = { node: this.#name, reason: cause.message };
    return new LabError('PROVIDER_FAILED', `"${this.#name}" runs no command over SSH: ${cause.message}.`, {
      details,
      cause,
    });
  }

  /** Whoever still uses it is told that the connection was lost. */
  drop(): void {
    this.#over();
    this.#socket.destroy();
  }

  /** Takes nobody in any more, and goes with the last who uses it. */
  retire(): void {
    this.#open = false;
    clearTimeout(this.#idle);
    if (this.#users === 0) this.#client.end();
  }

  #rest(): void {
    this.#socket.unref();
    if (!this.#open) this.#client.end();
    else this.#idle = setTimeout(() => this.retire(), this.#idleMs).unref();
  }

  #over(): void {
    this.#open = false;
    clearTimeout(this.#idle);
    clearInterval(this.#keepalive);
  }

  #beat(): void {
    if (++this.#silences > silencesUntilDead) this.drop();
    else
      this.#ask((alive) => {
        if (alive) this.#silences = 0;
      });
  }

  /** To cancel a forwarding that never was: the one request that every server must answer and that changes nothing. RFC 4254 §7.1. */
  #ask(answered: (alive: boolean) => void): void {
    try {
      this.#client.unforwardIn('127.0.0.1', 1, () => answered(!this.#socket.destroyed));
    } catch {
      answered(false); // ssh2: not connected
    }
  }
}

export const connectionLost = (name: string, cause: unknown): LabError =>
  new LabError(
    'OUTCOME_UNKNOWN',
    `The connection to "${name}" was lost, and nobody can tell how far the command came.`,
    {
      details: { node: name },
      cause,
    },
  );
