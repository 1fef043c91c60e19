import { LabError } from '../../sdk/index.ts';

/** Lets so many through at once; the others wait in the order they came. */
export class Gate {
  readonly #waiting = new Set<() => void>();
  #free: number;

  constructor(places: number) {
    this.#free = places;
  }

  async enter(signal: AbortSignal): Promise<Disposable> {
    if (signal.aborted) throw LabError.of(signal.reason);
    if (this.#free > 0) this.#free--;
    else await this.#turn(signal);
    return { [Symbol.dispose]: () => this.#leave() };
  }

  /** A place is handed on, never freed in between: who comes later cannot slip in. */
  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const next = () => {
        signal.removeEventListener('abort', aborted);
        resolve();
      };
      const aborted = () => {
        this.#waiting.delete(next);
        reject(LabError.of(signal.reason));
      };
      this.#waiting.add(next);
      signal.addEventListener('abort', aborted, { once: true });
    });
  }

  #leave(): void {
    const [next] = this.#waiting;
    if (!next) {
      this.#free++;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
