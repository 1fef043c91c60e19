import { Fdb } from './fdb.ts';
import { destination, frameEnd, isGroup, source } from './frames.ts';
import { Port } from './port.ts';
import type { Paths } from './request.ts';

const agingMs = 150_000;

/** Forwards Ethernet frames between its ports, by the addresses it has heard. */
export class Switch {
  readonly #ports = new Map<string, Port>();
  readonly #addresses = new Fdb<Port>();
  readonly #aging = setInterval(() => this.#addresses.age(), agingMs);

  /** The whole desired state. A port whose path stays the same keeps its connection. */
  set(paths: Paths): void {
    for (const [name, port] of this.#ports) if (paths.get(name) !== port.path) this.#remove(name, port);
    for (const [name, path] of paths) if (!this.#ports.has(name)) this.#ports.set(name, this.#open(path));
  }

  report(): Readonly<Record<string, { connected: boolean; frames: number; dropped: number }>> {
    const facts = ({ connected, frames, dropped }: Port) => ({ connected, frames, dropped });
    return Object.fromEntries([...this.#ports].map(([name, port]) => [name, facts(port)]));
  }

  close(): void {
    clearInterval(this.#aging);
    this.set(new Map());
  }

  #open(path: string): Port {
    return new Port(path, {
      received: (from, frames) => this.#forward(from, frames),
      gone: (port) => this.#addresses.forget(port),
    });
  }

  #remove(name: string, port: Port): void {
    port.close();
    this.#addresses.forget(port);
    this.#ports.delete(name);
  }

  /** Frames in a row that go the same way leave as they came: in one write, of the very buffer they lie in. */
  #forward(from: Port, bytes: Buffer): void {
    let to = this.#way(from, bytes, 0);
    let start = 0;
    let frames = 0;
    for (let at = 0; at < bytes.byteLength; at = frameEnd(bytes, at)) {
      const way = this.#way(from, bytes, at);
      if (way !== to) {
        this.#send(from, to, bytes.subarray(start, at), frames);
        [to, start, frames] = [way, at, 0];
      }
      frames++;
    }
    this.#send(from, to, bytes.subarray(start), frames);
  }

  /** `undefined` is everywhere. */
  #way(from: Port, bytes: Buffer, at: number): Port | undefined {
    const sender = source(bytes, at);
    if (!isGroup(sender)) this.#addresses.learn(sender, from);
    return this.#addresses.find(destination(bytes, at)); // a group address is never learned
  }

  #send(from: Port, to: Port | undefined, bytes: Buffer, frames: number): void {
    from.frames += frames;
    for (const port of to ? [to] : this.#ports.values()) if (port !== from) port.send(bytes, frames);
  }
}
