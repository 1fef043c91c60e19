import { type StatePort, z } from 'labwarden/sdk';

const definition = z.object({
  vcpus: z.int(),
  /** Where 127.0.0.1 leads to the guest's SSH, since its last start. */
  sshPort: z.int().optional(),
});

export type Definition = z.output<typeof definition>;

/** What this provider remembers of its VMs. A VM with no definition is absent, whatever else lies around. */
export class Definitions {
  readonly #state: StatePort;

  constructor(state: StatePort) {
    this.#state = state;
  }

  async get(id: string): Promise<Definition | undefined> {
    const found = await this.#state.get(`vm/${id}`);
    return found === undefined ? undefined : definition.parse(found);
  }

  async ids(): Promise<readonly string[]> {
    return (await this.#state.list('vm/')).map((key) => key.slice('vm/'.length));
  }

  set = (id: string, made: Definition): Promise<void> => this.#state.set(`vm/${id}`, made);

  remove = (id: string): Promise<void> => this.#state.remove(`vm/${id}`);

  /** Disks that `create` made, or was about to make, and that no start has touched. */
  async fresh(id: string): Promise<readonly string[]> {
    return z.array(z.string()).parse((await this.#state.get(`fresh/${id}`)) ?? []);
  }

  setFresh = (id: string, paths: readonly string[]): Promise<void> => this.#state.set(`fresh/${id}`, paths);

  /** From now on no disk may be taken back. */
  forgetFresh = (id: string): Promise<void> => this.#state.remove(`fresh/${id}`);
}
