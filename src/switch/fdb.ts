const most = 4096;

/**
 * The port behind which each hardware address was last seen. Two generations: an address that is heard moves to the young one,
 * and when that is full, or grows old, it becomes the old one and what was there is forgotten.
 */
export class Fdb<Port> {
  #young = new Map<number, Port>();
  #old = new Map<number, Port>();

  find(address: number): Port | undefined {
    return this.#young.get(address) ?? this.#old.get(address);
  }

  learn(address: number, port: Port): void {
    if (this.#young.get(address) === port) return;
    this.#young.set(address, port);
    if (this.#young.size >= most / 2) this.age();
  }

  /** Forgets what has been silent since the last time but one. */
  age(): void {
    this.#old = this.#young;
    this.#young = new Map();
  }

  forget(port: Port): void {
    for (const generation of [this.#young, this.#old])
      for (const [address, behind] of generation) if (behind === port) generation.delete(address);
  }
}
