/** Those who want to know that something has changed, and how often it has. */
export class News {
  readonly #listeners = new Set<{ readonly hear: () => void }>();
  #told = 0;

  get told(): number {
    return this.#told;
  }

  listen(hear: () => void): Disposable {
    const listener = { hear };
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  tell(): void {
    this.#told += 1;
    for (const { hear } of [...this.#listeners]) hear();
  }
}
