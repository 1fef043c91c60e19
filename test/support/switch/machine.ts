import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { prefixed } from './frames.ts';

/** A VM's network card as QEMU plays it: it listens, and whoever dials in carries its frames. */
export class Machine implements AsyncDisposable {
  readonly #server: Server;
  readonly #arrived: string[] = [];
  #line: Socket | undefined;
  #held = Buffer.alloc(0);
  #waiting = Promise.withResolvers<void>();

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => {
      this.#line = socket;
      this.#held = Buffer.alloc(0);
      socket.on('data', (chunk: Buffer) => this.#receive(chunk)).on('error', () => {});
    });
  }

  static async at(path: string): Promise<Machine> {
    const machine = new Machine(createServer());
    machine.#server.listen(path);
    await once(machine.#server, 'listening');
    return machine;
  }

  /** The socket that dialled in. */
  get line(): Socket {
    if (!this.#line) throw new Error('Nobody has dialled in yet.');
    return this.#line;
  }

  send(...frames: readonly Buffer[]): void {
    this.line.write(Buffer.concat(frames.map(prefixed)));
  }

  /** What each of the next frames said, in the order in which they came. */
  async next(count = 1): Promise<string[]> {
    while (this.#arrived.length < count) await this.#waiting.promise;
    return this.#arrived.splice(0, count);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#line?.destroy();
    await closed;
  }

  #receive(chunk: Buffer): void {
    this.#held = Buffer.concat([this.#held, chunk]);
    while (this.#held.byteLength >= 4 && this.#held.byteLength >= 4 + this.#held.readUInt32BE()) {
      const end = 4 + this.#held.readUInt32BE();
      this.#arrived.push(this.#held.toString('utf8', 4 + 14, end));
      this.#held = this.#held.subarray(end);
    }
    this.#waiting.resolve();
    this.#waiting = Promise.withResolvers();
  }
}
