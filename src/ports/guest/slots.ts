import type { LinkOptions } from './link.ts';
import { Slot } from './slot.ts';
import type { GuestTarget } from './target.ts';

export class Slots {
  readonly #options: LinkOptions;
  readonly #slots = new Map<string, Slot>();

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** A connection serves only whom it was made for: another user, key or host key is another way in. */
  of({ id, user, keyPath, password, hostKeys }: GuestTarget): Slot {
    const way = JSON.stringify([id, user, keyPath, password !== undefined, hostKeys]);
    const slot = this.#slots.get(way) ?? new Slot(id, this.#options);
    this.#slots.set(way, slot);
    return slot;
  }

  forget(id: string): void {
    for (const [way, slot] of this.#slots) {
      if (slot.id !== id) continue;
      this.#slots.delete(way);
      void slot.forget();
    }
  }

  async close(): Promise<void> {
    const slots = [...this.#slots.values()];
    this.#slots.clear();
    await Promise.all(slots.map((slot) => slot.forget()));
  }
}
