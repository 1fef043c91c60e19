import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** One conversation with QEMU's monitor, or with the guest agent, which speaks the same without a greeting. */
export class Qmp implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #lines: AsyncIterator<string>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  }

  static async open(path: string, whom: 'qemu' | 'agent' = 'qemu'): Promise<Qmp> {
    const socket = connect(path);
    // A machine that ends may reset it; the lines then end, which `call` tells.
    socket.on('error', () => {});
    await once(socket, 'connect');
    const qmp = new Qmp(socket);
    if (whom === 'qemu') await qmp.call('qmp_capabilities');
    return qmp;
  }

  async call(execute: string, values?: Record<string, unknown>): Promise<unknown> {
    this.#socket.write(`${JSON.stringify({ execute, ...(values ? { arguments: values } : {}) })}\n`);
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error(`The monitor closed during ${execute}.`);
      const answer = JSON.parse(value);
      if (answer.error) throw new Error(answer.error.desc);
      // Greetings and events come between.
      if ('return' in answer) return answer.return;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
  }
}
