import { LabError } from '../sdk/index.ts';
import type { Borrower, Lendable, Lender } from './codec.ts';
import { limits } from './limits.ts';
import { type Loan, Loans } from './loans.ts';

/** What is said about the other side's things. */
interface Far {
  call(method: number, args: readonly unknown[]): Promise<unknown>;
  aborted(signal: number, reason: unknown): void;
}

/** What crosses as a number, and is made whole again on the other side: methods on loan, and signals. */
export class Crossing {
  readonly #far: Far;
  readonly #lent = new Loans();
  readonly #followed = new Map<number, AbortController>();
  #nextSignal = 1;

  constructor(far: Far) {
    this.#far = far;
  }

  lender(loan: Loan): Lender {
    return { lend: (method) => this.#lent.add(method, loan), follow: (signal) => this.#follow(signal, loan) };
  }

  borrower(loan: Loan): Borrower {
    return { borrow: (method) => this.#borrow(method), signal: (id) => this.#signal(id, loan) };
  }

  lent(method: number): { readonly method: Lendable; readonly loan: Loan } {
    const lent = this.#lent.get(method);
    if (lent) return lent;
    throw new LabError('CANCELLED', 'The call that lent this is over.');
  }

  abort(signal: number, reason: LabError): void {
    this.#followed.get(signal)?.abort(reason);
  }

  end(reason: LabError): void {
    for (const controller of this.#followed.values()) controller.abort(reason);
  }

  #borrow(method: number): Lendable {
    return (...args) => {
      const answer = this.#far.call(method, args);
      answer.catch(() => {}); // progress and log are not awaited; whoever does await still sees the error
      return answer;
    };
  }

  #follow(signal: AbortSignal, loan: Loan): number {
    const id = this.#nextSignal++;
    const tell = () => this.#far.aborted(id, signal.reason);
    signal.addEventListener('abort', tell, { once: true });
    loan.onEnd(() => signal.removeEventListener('abort', tell));
    return id;
  }

  #signal(id: number, loan: Loan): AbortSignal {
    const known = this.#followed.get(id);
    if (known) return known.signal;
    if (this.#followed.size >= limits.signals)
      throw new LabError('LIMIT_EXCEEDED', 'The other side wants too many signals followed.');
    const controller = new AbortController();
    this.#followed.set(id, controller);
    loan.onEnd(() => this.#followed.delete(id));
    return controller.signal;
  }
}
