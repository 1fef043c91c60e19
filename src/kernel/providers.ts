import { type Call, LabError, type Provider } from '../sdk/index.ts';
import { News } from './news.ts';
import { pause } from './pause.ts';
import { unlessLate } from './unless-late.ts';

export interface ProviderStatus {
  readonly name: string;
  readonly plugin: string;
  readonly status: 'connecting' | 'ready' | 'down';
  /** Why it is down, in one sentence. */
  readonly reason?: string;
}

/** How one provider is connected; called again after it was lost. */
export interface Connector {
  readonly plugin: string;
  connect(call: Call): Promise<Provider>;
}

/** A server that has just started answers its first client before it loads what a hypervisor needs, unless somebody wants one. */
const headStartMs = 100;
const firstWaitMs = 500;
const longestWaitMs = 30_000;
const patienceMs = 20_000;
/** A plugin that does not let go must not keep a server that stops. */
const goodbyeMs = 5_000;

interface Slot extends ProviderStatus {
  readonly provider?: Provider;
}

/** Connects every provider in the background, keeps it connected, and says what is the matter with one that is not. */
export class Providers implements AsyncDisposable {
  readonly #slots = new Map<string, Slot>();
  /** What each offered when it was last connected. */
  readonly #known = new Map<string, Provider | undefined>();
  readonly #news = new News();
  readonly #waiting = new Set<() => void>();
  readonly #wanted = new AbortController();
  readonly #end = new AbortController();
  readonly #keepers: Promise<void>[] = [];
  readonly #log: (message: string, fields: object) => void;

  constructor(log: (message: string, fields: object) => void) {
    this.#log = log;
  }

  add(name: string, connector: Connector): void {
    this.#known.set(name, undefined);
    this.#set({ name, plugin: connector.plugin, status: 'connecting' });
    this.#keepers.push(this.#keep(name, connector));
  }

  status(): readonly ProviderStatus[] {
    return [...this.#slots.values()].map(({ provider, ...status }) => status);
  }

  /** Of each provider what it offers, or offered when it was last connected; `undefined` of one that never was: it may offer anything. */
  known(): readonly (Pick<Provider, 'host' | 'network' | 'vm'> | undefined)[] {
    return [...this.#known.values()];
  }

  /** Another one whenever `known` may answer something else. */
  get version(): number {
    return this.#news.told;
  }

  /** After `version` has changed. */
  onChange(listener: () => void): Disposable {
    return this.#news.listen(listener);
  }

  /** The connected provider. Throws PROVIDER_UNAVAILABLE, with what is known. */
  get(name: string): Provider {
    const slot = this.#slots.get(name);
    if (slot?.provider) return slot.provider;
    if (!slot) throw new LabError('PROVIDER_UNAVAILABLE', `There is no provider "${name}" in the config any more.`);
    const why = slot.status === 'connecting' ? 'is still connecting' : `is down: ${slot.reason}`;
    throw new LabError('PROVIDER_UNAVAILABLE', `Provider "${name}" ${why}`);
  }

  /** Gives one that is connecting some time. One that is down is not waited for, unless asked to be `patient`. */
  async ready(name: string, signal: AbortSignal, patient = false): Promise<Provider> {
    const now = this.#slots.get(name)?.provider;
    if (now) return now;
    this.#wanted.abort();
    const until = AbortSignal.any([signal, this.#end.signal, ...(patient ? [] : [AbortSignal.timeout(patienceMs)])]);
    for (;;) {
      const slot = this.#slots.get(name);
      if (!slot || slot.provider || until.aborted || (slot.status === 'down' && !patient)) return this.get(name);
      await this.#change(until);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort(new LabError('CANCELLED', 'The lab server is stopping.'));
    this.#wanted.abort();
    await Promise.allSettled(this.#keepers);
  }

  async #keep(name: string, connector: Connector): Promise<void> {
    await pause(headStartMs, this.#wanted.signal);
    let failures = 0;
    const failed = (cause: unknown) => {
      failures += 1;
      this.#log(`provider "${name}" does not connect`, { cause: String((cause as Error)?.stack ?? cause) });
      return LabError.of(cause).message;
    };
    while (!this.#end.signal.aborted) {
      // One that was connected is tried again soon, however often it had failed before.
      const connected = () => {
        failures = 0;
      };
      const reason = await this.#live(name, connector, connected).catch(failed);
      if (this.#end.signal.aborted) return;
      this.#set({ name, plugin: connector.plugin, status: 'down', reason });
      await pause(Math.min(firstWaitMs * 2 ** Math.max(failures - 1, 0), longestWaitMs), this.#end.signal);
      this.#set({ name, plugin: connector.plugin, status: 'connecting' });
    }
  }

  /** One connection, from start to end. Resolves with why it ended. */
  async #live(name: string, { plugin, connect }: Connector, connected: () => void): Promise<string> {
    const over = new AbortController();
    const signal = AbortSignal.any([this.#end.signal, over.signal]);
    const call: Call = {
      id: `provider-${name}`,
      signal,
      note: async () => {},
      progress: () => {},
      log: (message, fields = {}) => this.#log(message, fields),
    };
    try {
      const provider = await unlessLate(connect(call), this.#end.signal, goodbyeMs);
      connected();
      this.#set({ name, plugin, status: 'ready', provider });
      const ended = new Promise<string>((resolve) =>
        this.#end.signal.addEventListener('abort', () => resolve('stopped'), { once: true }),
      );
      const reason = this.#end.signal.aborted
        ? 'stopped'
        : await Promise.race([ended, ...(provider.lost ? [provider.lost()] : [])]);
      // Nobody gets a provider that is lost, however long its closing takes.
      this.#set({ name, plugin, status: 'down', reason });
      await unlessLate(provider.close(), this.#end.signal, goodbyeMs).catch((cause: unknown) =>
        this.#log(`provider "${name}" did not close well`, { cause: String(cause) }),
      );
      return reason;
    } finally {
      over.abort(new LabError('CANCELLED', 'This connection is over.'));
    }
  }

  #change(until: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        until.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      until.addEventListener('abort', wake, { once: true });
    });
  }

  #set(slot: Slot): void {
    this.#slots.set(slot.name, slot);
    if (slot.provider) {
      this.#known.set(slot.name, slot.provider);
      this.#news.tell();
    }
    for (const wake of [...this.#waiting]) wake();
  }
}
