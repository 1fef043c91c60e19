import type { Lendable } from './codec.ts';

/** How long something is lent: as long as the call that lends it, or the method that returned it, or until it is closed. */
export class Loan {
  readonly #endings = new Set<() => void>();

  onEnd(ending: () => void): void {
    this.#endings.add(ending);
  }

  /** A part that may end before the whole, and is then forgotten by it. */
  part(): Loan {
    const part = new Loan();
    const ending = () => part.end();
    this.#endings.add(ending);
    part.onEnd(() => this.#endings.delete(ending));
    return part;
  }

  end(): void {
    for (const ending of this.#endings) ending();
    this.#endings.clear();
  }
}

/** What one side has lent: each method by the number it crossed as. The root, which needs no loan, crossed as 0. */
export class Loans extends Map<number, { readonly method: Lendable; readonly loan: Loan }> {
  #next = 0;

  add(method: Lendable, loan: Loan): number {
    const id = this.#next++;
    this.set(id, { method, loan });
    loan.onEnd(() => this.delete(id));
    return id;
  }
}

type Closable = object & { readonly close: () => Promise<unknown> };

const isClosable = (value: unknown): value is Closable =>
  typeof value === 'object' && value !== null && 'close' in value && typeof value.close === 'function';

/** A pipe is lent until it is closed, so that a connection may open any number of them. */
export function untilClosed(value: unknown, loan: Loan): readonly [unknown, Loan] {
  if (!isClosable(value)) return [value, loan];
  const part = loan.part();
  const close = () => value.close().finally(() => part.end());
  return [{ ...value, close }, part];
}
