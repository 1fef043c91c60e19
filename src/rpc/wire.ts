import type { Duplex } from 'node:stream';
import { LabError } from '../sdk/index.ts';
import { type Frame, frameOf, frameReader } from './frames.ts';
import { limits } from './limits.ts';

/** Frames over a socket, within bounds both ways. */
export class Wire {
  /** Resolves when it is over: with what the other side did, when that was why. */
  readonly ended: Promise<LabError | undefined>;
  readonly #socket: Duplex;
  #drained: PromiseWithResolvers<void> | undefined;
  #reason: LabError | undefined;

  constructor(socket: Duplex, deliver: (frame: Frame) => void) {
    this.#socket = socket;
    const feed = frameReader((frame) => this.open && deliver(frame));
    socket.on('data', (chunk: Buffer) => {
      try {
        if (this.open) feed(chunk);
      } catch (reason) {
        this.end(blame(reason));
      }
    });
    socket.on('error', () => {}); // 'close' follows, and says so to everyone who waits
    socket.on('drain', () => this.#room());
    this.ended = new Promise((resolve) => socket.once('close', () => resolve(this.#reason)));
    void this.ended.then(() => this.#room());
  }

  get open(): boolean {
    return !this.#socket.destroyed;
  }

  /** Whether so much waits to be sent that whoever can should wait, too. */
  get full(): boolean {
    return this.open && this.#socket.writableLength > limits.fullBytes;
  }

  /** Resolves when what waits has been sent, or never will be. */
  drained(): Promise<void> {
    this.#drained ??= Promise.withResolvers();
    return this.#drained.promise;
  }

  send(head: object, tail: readonly Uint8Array[]): void {
    if (!this.open) return;
    this.#socket.write(frameOf(head, tail));
    if (this.#socket.writableLength > limits.queuedBytes)
      this.end(new LabError('LIMIT_EXCEEDED', 'The other side asks for more than it reads.'));
  }

  end(reason?: LabError): void {
    this.#reason ??= reason;
    this.#socket.destroy();
  }

  #room(): void {
    this.#drained?.resolve();
    this.#drained = undefined;
  }
}

function blame(reason: unknown): LabError {
  const known = LabError.of(reason);
  if (known.code !== 'INTERNAL') return known;
  return new LabError('INVALID_INPUT', 'The other side sent what is no message.', { cause: reason });
}
