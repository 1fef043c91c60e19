const mostKnown = 10_000;

/**
 * When questions end, by two clocks: the host's, which is written down and can be put back, and one that only counts up and is
 * lost with this process. A question is over as soon as one of them says so.
 */
export class Deadlines {
  readonly #ends = new Map<string, number>();
  readonly #elapsedMs: () => number;

  constructor(elapsedMs: () => number = () => performance.now()) {
    this.#elapsedMs = elapsedMs;
  }

  /** A question begins, and lasts so long. */
  begin(id: string, lastsMs: number): void {
    // One that is over stays known as long as there is room: a clock that is put back must not open it again.
    const [oldest] = this.#ends.keys();
    if (this.#ends.size >= mostKnown && oldest !== undefined) this.#ends.delete(oldest);
    this.#ends.set(id, this.#elapsedMs() + lastsMs);
  }

  /** `now` is the host's clock. One that began under an earlier server lasts as long as that clock says, and never longer than one may. */
  over(
    id: string,
    { expiresAt, lastsMs }: { readonly expiresAt: string; readonly lastsMs: number },
    now: Date,
  ): boolean {
    const leftMs = Date.parse(expiresAt) - now.getTime();
    if (!(leftMs >= 0)) return true;
    const end = this.#ends.get(id);
    if (end !== undefined) return this.#elapsedMs() > end;
    this.begin(id, Math.min(leftMs, lastsMs));
    return false;
  }
}
