import { LabError } from '../../sdk/index.ts';
import { type DialLimits, dial } from './dial.ts';
import { Gate } from './gate.ts';
import { Link, type LinkOptions } from './link.ts';
import type { GuestTarget } from './target.ts';
import { unlessAborted } from './unless-aborted.ts';

/** dropbear 2022.83 breaks the connection at eight channels, four were always fine. OpenSSH allows ten. */
const mostChannels = 4;

/** One way into one machine: at most one connection, shared by all who use it. */
export class Slot {
  readonly id: string;
  readonly gate = new Gate(mostChannels);
  readonly #options: LinkOptions;
  readonly #life = new AbortController();
  /** The last one, and those that were retired and are still in use. */
  readonly #links = new Set<Link>();
  #dialling: Promise<Link> | undefined;

  constructor(id: string, options: LinkOptions) {
    this.id = id;
    this.#options = options;
  }

  /** Who comes while somebody dials waits for that very connection; one who stops waiting does not stop the others. */
  link(target: GuestTarget, limits: DialLimits, signal: AbortSignal): Promise<Link> {
    const open = [...this.#links].find((link) => link.open);
    if (open) return unlessAborted(Promise.resolve(open), signal);
    this.#dialling ??= this.#dial(target, limits).finally(() => {
      this.#dialling = undefined;
    });
    return unlessAborted(this.#dialling, signal);
  }

  /** For good: whoever still waits in it is sent away. */
  async forget(): Promise<void> {
    const why = 'The connection was given up, because the machine behind it was changed or labwarden stops.';
    this.#life.abort(new LabError('PROVIDER_UNAVAILABLE', why));
    const links = [...this.#links];
    for (const link of links) link.drop();
    await Promise.all(links.map((link) => link.closed));
  }

  async #dial(target: GuestTarget, limits: DialLimits): Promise<Link> {
    const { signal } = this.#life;
    signal.throwIfAborted();
    const line = await dial(target, limits, signal);
    const link = new Link(target.name, line, this.#options);
    this.#links.add(link);
    void link.closed.then(() => this.#links.delete(link));
    if (signal.aborted) link.drop();
    return link;
  }
}
