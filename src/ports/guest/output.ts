import type { Readable } from 'node:stream';

/** The beginning of a stream, and the rest of it thrown away, so that whoever writes is never held up. */
export class Output {
  truncated = false;
  readonly #kept: Buffer[] = [];
  #room: number;

  constructor(stream: Readable, maxBytes: number) {
    this.#room = maxBytes;
    stream.on('data', (chunk: Buffer) => this.#take(chunk));
  }

  /** A character that the limit cut in two is left out; bytes that are no UTF-8 are replaced. */
  text(): string {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    return decoder.decode(Buffer.concat(this.#kept), { stream: this.truncated });
  }

  #take(chunk: Buffer): void {
    if (chunk.byteLength > this.#room) this.truncated = true;
    if (this.#room === 0) return;
    const part = chunk.subarray(0, this.#room);
    this.#room -= part.byteLength;
    this.#kept.push(part);
  }
}
