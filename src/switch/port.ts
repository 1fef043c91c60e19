import { connect, type Socket } from 'node:net';
import { wholeFrames } from './frames.ts';

const quickestRedialMs = 20;
const slowestRedialMs = 500;
const mostQueuedBytes = 4 * 1024 * 1024;
const nothing: Buffer = Buffer.alloc(0);

export interface Traffic {
  /** Whole frames from this port, never none. */
  received(from: Port, frames: Buffer): void;
  /** What was behind this port is no longer. */
  gone(port: Port): void;
}

/** The way to one VM: dialled, and dialled again whenever it is lost, until it is closed. */
export class Port {
  readonly path: string;
  /** Frames that came from the VM. */
  frames = 0;
  /** Frames for the VM that were lost because it did not take those before them. */
  dropped = 0;
  readonly #traffic: Traffic;
  #socket: Socket;
  #redial: NodeJS.Timeout | undefined;
  #pauseMs = quickestRedialMs;
  #held = nothing;

  constructor(path: string, traffic: Traffic) {
    this.path = path;
    this.#traffic = traffic;
    this.#socket = this.#dial();
  }

  get connected(): boolean {
    return this.#socket.readyState === 'open';
  }

  /** Whole frames, as many as it is told. They may be a part of a longer buffer. */
  send(bytes: Buffer, frames: number): void {
    if (!this.connected) return;
    const queued = this.#socket.writableLength;
    if (queued > mostQueuedBytes) this.dropped += frames;
    else this.#socket.write(queued > 0 ? compact(bytes) : bytes);
  }

  close(): void {
    this.#socket.off('close', this.#lost).destroy();
    clearTimeout(this.#redial);
  }

  #dial(): Socket {
    const socket = connect(this.path);
    this.#held = nothing;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', this.#lost);
    return socket;
  }

  readonly #lost = (): void => {
    this.#traffic.gone(this);
    this.#redial = setTimeout(() => {
      this.#socket = this.#dial();
    }, this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, slowestRedialMs);
  };

  #receive(chunk: Buffer): void {
    const bytes = this.#held.byteLength ? Buffer.concat([this.#held, chunk]) : chunk;
    const whole = wholeFrames(bytes);
    if (whole === undefined) return void this.#socket.destroy(); // out of step; a fresh stream starts in step
    this.#held = bytes.subarray(whole);
    if (whole === 0) return;
    this.#pauseMs = quickestRedialMs;
    this.#traffic.received(this, bytes.subarray(0, whole));
  }
}

/** What waits must not keep alive a buffer much longer than itself. */
const compact = (bytes: Buffer): Buffer =>
  bytes.byteLength * 2 < bytes.buffer.byteLength ? Buffer.from(bytes) : bytes;
