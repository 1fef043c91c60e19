import { LabError } from '../sdk/index.ts';
import type { Tenure } from '../state/index.ts';
import type { Outcome } from './call/steps.ts';
import { type Clock, sampleOf } from './clock.ts';
import type { Lab } from './lab.ts';
import { setRight } from './lease-clock.ts';
import { asKeeper, keeper } from './lease-keeper.ts';
import { type NextStep, nextStep, warningAtMs } from './lease-steps.ts';

export interface LeaseSettings {
  readonly warnMs: number;
  /** How long guests that were asked to stop, and do not, are asked again before their power is cut. */
  readonly cutAfterMs: number;
}

/** However the clock is moved, it is noticed within this. */
const longestWaitMs = 60_000;
const soonMs = 100;
/** The first pause after something that did not work, and the longest: who is busy is so for a while only. */
const pauses = {
  busy: [2_000, 60_000],
  stop: [60_000, 300_000],
  trash: [60_000, 3_600_000],
  purge: [60_000, 3_600_000],
} as const;

interface Trouble {
  readonly times: number;
  readonly notBeforeMs: number;
}

/** Brings to its end what has come to its end: each step is a call down the same line as everybody's. */
export class Leases implements AsyncDisposable {
  readonly #lab: Lab;
  readonly #clock: Clock;
  readonly #settings: LeaseSettings;
  readonly #end = new AbortController();
  readonly #troubles = new Map<string, Trouble>();
  /** Since when guests are asked to stop, by cluster. */
  readonly #asked = new Map<string, number>();
  #ticking: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #soon = false;
  #pending = 0;

  constructor(lab: Lab, clock: Clock, settings: LeaseSettings) {
    this.#lab = lab;
    this.#clock = clock;
    this.#settings = settings;
  }

  /** How many clusters something will happen to by itself: for as long as there are any, the server stays. */
  get pending(): number {
    return this.#pending;
  }

  /** Looks at all of them soon, once for many changes. */
  changed(): void {
    if (this.#soon) return;
    this.#soon = true;
    this.#wait(soonMs);
  }

  /** Does all that is due, one look after the other. Resolves when it is done. */
  tick(): Promise<void> {
    this.#ticking = this.#ticking
      .then(() => this.#look())
      .catch((cause: unknown) => {
        this.#lab.log('error', 'leases could not be looked at', { cause: String((cause as Error)?.stack ?? cause) });
      });
    return this.#ticking;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    this.#end.abort(new LabError('CANCELLED', 'The lab server is stopping.'));
    await this.#ticking;
  }

  #wait(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#end.signal.aborted) return;
    this.#timer = setTimeout(() => void this.tick(), ms).unref();
  }

  async #look(): Promise<void> {
    if (this.#end.signal.aborted) return;
    this.#soon = false;
    const moved = await setRight(this.#lab.state, sampleOf(this.#clock));
    if (moved !== 0) this.#tell('clock-moved', { moved_s: Math.round(moved / 1000) });
    const tenures = await this.#lab.state.tenures();
    await Promise.all(tenures.map((tenure) => this.#advance(tenure)));
    const next = await this.#upcoming();
    this.#wait(Math.min(longestWaitMs, Math.max(1_000, next - this.#nowMs())));
  }

  async #advance(tenure: Tenure): Promise<void> {
    const cluster = await this.#lab.state.byId('cluster', tenure.clusterId);
    if (!cluster) return;
    const warning = warningAtMs(tenure, this.#settings.warnMs);
    if (warning !== undefined && warning <= this.#nowMs()) {
      await this.#lab.state.setTenure(cluster.id, { stage: 'warned', stageAt: this.#now() }, tenure.expiresAt);
      this.#tell('warned', { cluster: cluster.name, owner: cluster.owner, expires_at: tenure.expiresAt });
    }
    const next = nextStep(tenure, { isProtected: cluster.protected, trashMs: this.#lab.limits.trashMs });
    if (!next || next.atMs > this.#nowMs()) this.#forget(cluster.id);
    else if (!this.#isPausing(cluster.id)) await this.#take(next, tenure, cluster.protected);
  }

  async #take({ step }: NextStep, { clusterId: id, expiresAt }: Tenure, isProtected: boolean): Promise<void> {
    const outcome = await {
      stop: () => this.#stop(id, isProtected),
      trash: () => this.#ask('cluster_trash', { cluster_name: id }),
      purge: () => this.#ask('cluster_destroy', { cluster_name: id, remove_overlays: true }),
    }[step]();
    if (!outcome.ok) return this.#pause(id, step, outcome.error);
    this.#forget(id);
    // Somebody may have extended it by now.
    if (step === 'stop') await this.#lab.state.setTenure(id, { stage: 'stopped', stageAt: this.#now() }, expiresAt);
  }

  #forget(id: string): void {
    this.#troubles.delete(id);
    this.#asked.delete(id);
  }

  /** Asked first, always; what does not listen for long enough loses its power, unless it is protected. */
  async #stop(id: string, isProtected: boolean): Promise<Outcome> {
    const since = this.#asked.get(id) ?? this.#clock.uptimeMs();
    this.#asked.set(id, since);
    const asked = await this.#ask('cluster_stop', { cluster_name: id, mode: 'shutdown' });
    const late = this.#clock.uptimeMs() - since >= this.#settings.cutAfterMs;
    if (asked.ok || asked.error.code === 'BUSY' || isProtected || !late) return asked;
    return await this.#ask('cluster_stop', { cluster_name: id, mode: 'destroy' });
  }

  #ask(tool: string, args: object): Promise<Outcome> {
    return asKeeper(this.#lab, tool, args, this.#end.signal);
  }

  #isPausing(id: string): boolean {
    return (this.#troubles.get(id)?.notBeforeMs ?? 0) > this.#clock.uptimeMs();
  }

  /** Tried again later, and ever later: a host that is down for days does not fill the log. */
  #pause(id: string, step: NextStep['step'], { code, message }: LabError): void {
    if (this.#end.signal.aborted) return;
    const times = (this.#troubles.get(id)?.times ?? 0) + 1;
    const [first, longest] = pauses[code === 'BUSY' ? 'busy' : step];
    const ms = Math.min(first * 2 ** (times - 1), longest);
    this.#troubles.set(id, { times, notBeforeMs: this.#clock.uptimeMs() + ms });
    this.#lab.log('warn', `the lease of a cluster could not be ended: ${step}`, { cluster: id, code, message });
  }

  /** When the next of them is due; and how many there are. */
  async #upcoming(): Promise<number> {
    const { state, limits } = this.#lab;
    const steps = await Promise.all(
      (await state.tenures()).map(async (tenure) => {
        const isProtected = (await state.byId('cluster', tenure.clusterId))?.protected ?? false;
        const next = nextStep(tenure, { isProtected, trashMs: limits.trashMs });
        const warning = warningAtMs(tenure, this.#settings.warnMs);
        return next ? [Math.min(next.atMs, warning ?? next.atMs)] : [];
      }),
    );
    const due = steps.flat();
    this.#pending = due.length;
    return Math.min(Number.POSITIVE_INFINITY, ...due);
  }

  #tell(what: string, data: object): void {
    this.#lab.audit.enqueue({ kind: 'effect', who: keeper, act: `lease-${what}`, data: { lease: what, ...data } });
    this.#lab.log('info', `lease: ${what}`, data);
  }

  #nowMs(): number {
    return this.#clock.now().getTime();
  }

  #now(): string {
    return this.#clock.now().toISOString();
  }
}
