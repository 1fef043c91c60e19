import type { LabError } from '../sdk/index.ts';
import { limits } from './limits.ts';
import { Loan } from './loans.ts';
import { gone } from './plain-error.ts';
import { Slots } from './slots.ts';
import type { Wire } from './wire.ts';

/** The calls that this side made and has no answer to yet. */
export class Asking {
  readonly #wire: Wire;
  readonly #slots = new Slots(limits.asked);
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #next = 1;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  /** Sends the call when there is room for it, and waits for its answer. What its arguments lend ends with it. */
  async ask(send: (call: number, loan: Loan) => void): Promise<unknown> {
    if (!this.#slots.take()) await this.#slots.turn();
    const loan = new Loan();
    const call = this.#next++;
    try {
      while (this.#wire.full) await this.#wire.drained();
      if (!this.#wire.open) throw gone();
      const answer = Promise.withResolvers<unknown>();
      send(call, loan);
      this.#waiting.set(call, answer);
      return await answer.promise;
    } finally {
      this.#waiting.delete(call);
      loan.end();
      this.#slots.give();
    }
  }

  done(call: number, value: unknown): void {
    this.#waiting.get(call)?.resolve(value);
  }

  failed(call: number, error: LabError): void {
    this.#waiting.get(call)?.reject(error);
  }

  end(reason: LabError): void {
    for (const answer of this.#waiting.values()) answer.reject(reason);
  }
}
