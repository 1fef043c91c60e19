import { LabError } from '../sdk/index.ts';

type Mode = 'shared' | 'exclusive';

/** What one call wants to hold: `beside` holds nothing, but does not start while somebody changes the thing. */
export interface Wanted {
  readonly name: string;
  readonly mode: Mode | 'beside';
}

export interface Holder {
  readonly call: string;
  readonly tool: string;
  /** Not before it is recorded: until then nobody can wait for it or cancel it. */
  isJob(): boolean;
}

/** Who holds what, by name. One lab server holds a lab, so this needs no more than memory. */
export class Locks {
  readonly #held = new Map<string, { readonly mode: Mode; readonly holders: Set<Holder> }>();

  /** All of them, or none. Throws BUSY with the job that is in the way. */
  hold(wanted: readonly Wanted[], holder: Holder): Disposable {
    for (const want of wanted) this.#refuse(want);
    const taken = wanted.filter(({ mode }) => mode !== 'beside');
    for (const { name, mode } of taken) this.#take(name, mode as Mode, holder);
    return {
      [Symbol.dispose]: () => {
        for (const { name } of taken) this.#release(name, holder);
      },
    };
  }

  #refuse({ name, mode }: Wanted): void {
    const held = this.#held.get(name);
    if (!held || (held.mode === 'shared' && mode !== 'exclusive')) return;
    throw busy(name, [...held.holders].find(({ isJob }) => isJob()) ?? [...held.holders][0]);
  }

  #take(name: string, mode: Mode, holder: Holder): void {
    const held = this.#held.get(name) ?? { mode, holders: new Set() };
    held.holders.add(holder);
    this.#held.set(name, held);
  }

  #release(name: string, holder: Holder): void {
    const held = this.#held.get(name);
    held?.holders.delete(holder);
    if (held?.holders.size === 0) this.#held.delete(name);
  }

  get size(): number {
    return this.#held.size;
  }
}

function busy(on: string, holder?: Holder): LabError {
  const tool = holder?.tool ?? 'another call';
  if (holder?.isJob())
    return new LabError('BUSY', `${tool} is at work on ${on}. Wait for its job, or cancel it.`, {
      details: { job: holder.call, tool, on },
    });
  return new LabError('BUSY', `${tool} is about to work on ${on}. It is no job yet: repeat this in a moment.`, {
    details: { tool, on },
  });
}
