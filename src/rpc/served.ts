import { LabError } from '../sdk/index.ts';
import { limits } from './limits.ts';

/** What the other side asked and has no answer to yet. Its arguments stay in our memory until then, so it is counted. */
export class Served {
  #calls = 0;
  #bytes = 0;

  /** Gives back what ends the count. Throws LIMIT_EXCEEDED when the other side asks for too much at once. */
  add(bytes: number): () => void {
    if (this.#calls === limits.served || this.#bytes + bytes > limits.servedBytes)
      throw new LabError('LIMIT_EXCEEDED', 'The other side asks for too much at once.');
    this.#calls++;
    this.#bytes += bytes;
    return () => {
      this.#calls--;
      this.#bytes -= bytes;
    };
  }
}
