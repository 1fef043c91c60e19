import { LabError } from '../sdk/index.ts';
import { encode } from './codec.ts';
import type { Crossing } from './crossing.ts';
import type { Loan } from './loans.ts';
import type { Message } from './message.ts';
import { type PlainError, plain } from './plain-error.ts';
import type { Wire } from './wire.ts';

/** Turns what this side says into frames. */
export class Outbox {
  readonly #wire: Wire;
  readonly #crossing: Crossing;

  constructor(wire: Wire, crossing: Crossing) {
    this.#wire = wire;
    this.#crossing = crossing;
  }

  /** What the message lends ends with the loan. Throws when it holds what cannot cross; nothing was sent then. */
  send(loan: Loan, head: (encoded: (value: unknown) => unknown) => Message): void {
    if (!this.#wire.open) return;
    const tail: Uint8Array[] = [];
    const lender = this.#crossing.lender(loan);
    const message = head((value) => encode(value, tail, lender));
    this.#wire.send(message, tail);
  }

  /** Details that cannot cross must not take their error with them; the error about that has none. */
  refuse(loan: Loan, reason: unknown, head: (error: PlainError) => Message): void {
    try {
      this.send(loan, (encoded) => head(plain(reason, encoded)));
    } catch (cause) {
      this.send(loan, (encoded) => head(plain(LabError.of(cause), encoded)));
    }
  }
}
