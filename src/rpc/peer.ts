import type { Duplex } from 'node:stream';
import { LabError } from '../sdk/index.ts';
import { type Accident, ignored, labCall } from './accident.ts';
import { Asking } from './asking.ts';
import { decode, type Lendable, Tail } from './codec.ts';
import { Crossing } from './crossing.ts';
import type { Frame } from './frames.ts';
import { Loan, untilClosed } from './loans.ts';
import { type Asked, message } from './message.ts';
import { Outbox } from './outbox.ts';
import { gone, revived } from './plain-error.ts';
import { Served } from './served.ts';
import { Wire } from './wire.ts';

/** One end of a socket between two processes. Both ends are alike: what crosses is data, bytes, signals, and methods on loan. */
export class Peer {
  readonly #accident: Accident;
  readonly #life = new Loan();
  readonly #served = new Served();
  readonly #wire: Wire;
  readonly #crossing: Crossing;
  readonly #outbox: Outbox;
  readonly #asking: Asking;

  /** The root is the other side's first method; all others come out of it, as results and arguments. */
  constructor(socket: Duplex, root: Lendable = nothing, accident: Accident = ignored) {
    this.#accident = accident;
    this.#wire = new Wire(socket, (frame) => this.#receive(frame));
    this.#crossing = new Crossing({
      call: (method, args) => this.#ask(method, args),
      aborted: (abort, reason) => this.#outbox.refuse(this.#life, reason, (error) => ({ abort, error })),
    });
    this.#outbox = new Outbox(this.#wire, this.#crossing);
    this.#asking = new Asking(this.#wire);
    this.#crossing.lender(this.#life).lend(root);
    void this.#wire.ended.then((reason) => this.#end(gone(reason)));
  }

  root = (...args: unknown[]): Promise<unknown> => this.#ask(rootMethod, args);

  /** Resolves when the other end has gone: with what it did, when it was let go for that. */
  get ended(): Promise<LabError | undefined> {
    return this.#wire.ended;
  }

  get open(): boolean {
    return this.#wire.open;
  }

  close(): void {
    this.#wire.end();
  }

  #ask(method: number, args: readonly unknown[]): Promise<unknown> {
    return this.#asking.ask((call, loan) =>
      this.#outbox.send(loan, (encoded) => ({ call, method, args: args.map(encoded) })),
    );
  }

  #receive({ head, tail, sizeBytes }: Frame): void {
    const received = message(head);
    if ('call' in received) return void this.#serve(received, tail, this.#served.add(sizeBytes));
    const data = this.#decoder(tail, this.#life);
    if ('done' in received) this.#asking.done(received.done, data(received.value));
    else if ('fail' in received) this.#asking.failed(received.fail, revived(received.error, data));
    else this.#crossing.abort(received.abort, revived(received.error, data));
  }

  async #serve({ call, method, args }: Asked, tail: Uint8Array, settled: () => void): Promise<void> {
    const borrowed = new Loan();
    let given: unknown[] = [];
    try {
      const lent = this.#crossing.lent(method);
      given = args.map(this.#decoder(tail, borrowed));
      const [value, loan] = untilClosed(await lent.method(...(given as never[])), lent.loan);
      this.#outbox.send(loan, (encoded) => ({ done: call, value: encoded(value) }));
    } catch (reason) {
      this.#accident(LabError.of(reason), labCall(given));
      this.#outbox.refuse(this.#life, reason, (error) => ({ fail: call, error }));
    } finally {
      settled();
      borrowed.end();
    }
  }

  #decoder(bytes: Uint8Array, loan: Loan): (value: unknown) => unknown {
    const tail = new Tail(bytes);
    const borrower = this.#crossing.borrower(loan);
    return (value) => decode(value, tail, borrower);
  }

  #end(reason: LabError): void {
    this.#life.end();
    this.#crossing.end(reason);
    this.#asking.end(reason);
  }
}

const rootMethod = 0;

const nothing = () => {
  throw new LabError('FORBIDDEN', 'This side lends nothing at first.');
};
