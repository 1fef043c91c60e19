import { LabError, type Pipe, z } from 'labwarden/sdk';
import { jsonLine, jsonLines } from './json-lines.ts';
import { within } from './wait.ts';

// QEMU, docs/interop/qmp-spec: greeting, replies that carry our id, and events in between.
const message = z.object({
  QMP: z.unknown().optional(),
  event: z.string().optional(),
  data: z.record(z.string(), z.unknown()).optional(),
  id: z.unknown().optional(),
  return: z.unknown().optional(),
  error: z.object({ desc: z.string() }).optional(),
});

export type OnEvent = (event: string, data: Readonly<Record<string, unknown>>) => void;

/** One QMP connection. QEMU serves a single one per socket: a second is accepted and never greeted. */
export class Qmp {
  /** Resolves when the connection is over, whoever ended it. */
  readonly ended: Promise<void>;
  readonly #pipe: Pipe;
  readonly #timeoutMs: number;
  readonly #onEvent: OnEvent;
  readonly #greeting = Promise.withResolvers<unknown>();
  readonly #waiting = new Map<unknown, PromiseWithResolvers<unknown>>();
  #over = false;
  #next = 1;

  private constructor(pipe: Pipe, timeoutMs: number, onEvent: OnEvent) {
    this.#pipe = pipe;
    this.#timeoutMs = timeoutMs;
    this.#onEvent = onEvent;
    this.#greeting.promise.catch(() => {}); // `open` may have stopped waiting
    this.ended = this.#listen();
  }

  /** Greets and negotiates. The pipe is closed when that fails. */
  static async open(pipe: Pipe, timeoutMs: number, onEvent: OnEvent = () => {}): Promise<Qmp> {
    const qmp = new Qmp(pipe, timeoutMs, onEvent);
    try {
      await within(timeoutMs, qmp.#greeting.promise, 'QEMU sent no greeting; another program may hold this monitor.');
      await qmp.execute('qmp_capabilities');
      return qmp;
    } catch (reason) {
      await qmp.close();
      throw reason;
    }
  }

  /** What QEMU returned. PROVIDER_FAILED carries its own words. After a TIMEOUT the connection is closed: its state is unknown. */
  async execute(command: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    if (this.#over) throw closed();
    const id = this.#next++;
    const answer = Promise.withResolvers<unknown>();
    answer.promise.catch(() => {}); // it may fail before the command was written
    this.#waiting.set(id, answer);
    try {
      const asked = this.#pipe.write(jsonLine({ execute: command, arguments: args, id })).then(() => answer.promise);
      return await within(this.#timeoutMs, asked, `QEMU did not answer ${command} within ${this.#timeoutMs} ms.`);
    } catch (reason) {
      throw await this.#failure(command, reason);
    } finally {
      this.#waiting.delete(id);
    }
  }

  /** The reason is what those who wait are told. */
  async close(reason?: unknown): Promise<void> {
    this.#end(closed(reason));
    await this.#pipe.close().catch(() => {}); // it may have died first
  }

  async #listen(): Promise<void> {
    try {
      for await (const line of jsonLines(this.#pipe)) this.#take(message.parse(line));
      await this.close();
    } catch (reason) {
      await this.close(reason); // garbled, or cut
    }
  }

  #take({ QMP, event, data = {}, id, return: value, error }: z.output<typeof message>): void {
    if (QMP !== undefined) this.#greeting.resolve(QMP);
    else if (event !== undefined) this.#onEvent(event, data);
    else if (error) this.#waiting.get(id)?.reject(new LabError('PROVIDER_FAILED', error.desc));
    else this.#waiting.get(id)?.resolve(value);
  }

  #end(reason: LabError): void {
    this.#over = true;
    this.#greeting.reject(reason);
    for (const { reject } of this.#waiting.values()) reject(reason);
  }

  async #failure(command: string, reason: unknown): Promise<unknown> {
    if (!(reason instanceof LabError)) return closed(reason);
    if (reason.code === 'TIMEOUT') await this.close();
    if (reason.code !== 'PROVIDER_FAILED') return reason;
    return new LabError('PROVIDER_FAILED', `QEMU refused ${command}: ${reason.message}`);
  }
}

const closed = (cause?: unknown) =>
  new LabError('PROVIDER_UNAVAILABLE', 'QEMU closed its monitor; the VM may just have ended.', { cause });
