import type { StatePort, VmState } from 'labwarden/sdk';
import { z } from 'labwarden/sdk';

const note = z.object({
  state: z.enum(['stopped', 'running']),
  /** Disks that `create` made and no start has touched. */
  fresh: z.array(z.string()),
});

export type Note = z.output<typeof note>;

/** What the hypervisor knows, kept in the plugin's own durable facts. */
export class Shelf {
  readonly #facts: StatePort;

  constructor(facts: StatePort) {
    this.#facts = facts;
  }

  /** `undefined` when there is no such VM. */
  async note(id: string): Promise<Note | undefined> {
    const found = await this.#facts.get(`vm/${id}`);
    return found === undefined ? undefined : note.parse(found);
  }

  async stateOf(id: string): Promise<VmState> {
    return (await this.note(id))?.state ?? 'absent';
  }

  async all(): Promise<{ id: string; state: VmState }[]> {
    const ids = (await this.#facts.list('vm/')).map((key) => key.slice('vm/'.length));
    return await Promise.all(ids.map(async (id) => ({ id, state: await this.stateOf(id) })));
  }

  set = (id: string, value: Note): Promise<void> => this.#facts.set(`vm/${id}`, value);
  forget = (id: string): Promise<void> => this.#facts.remove(`vm/${id}`);
  hasDisk = async (path: string): Promise<boolean> => (await this.#facts.get(`disk/${path}`)) !== undefined;
  makeDisk = (path: string): Promise<void> => this.#facts.set(`disk/${path}`, true);
  removeDisk = (path: string): Promise<void> => this.#facts.remove(`disk/${path}`);
}
