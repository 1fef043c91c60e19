import type { AuditEntry } from '../audit/index.ts';
import type { Principal } from '../sdk/index.ts';
import { pause } from './pause.ts';
import type { Log } from './surroundings.ts';

interface Surroundings {
  readonly record: (entry: AuditEntry) => void;
  readonly log: Log;
  /** The longest that a session is made to wait. */
  readonly slowestMs: number;
  readonly elapsedMs?: () => number;
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Something that an honest client does not do, or not so often. */
export interface Suspicion {
  /** In a word or two, such as `wrong seal`. */
  readonly what: string;
  readonly who: Principal;
  /** The connection it came in on. */
  readonly session?: string | undefined;
  readonly op?: string;
  readonly act?: string;
  readonly data?: object;
}

export interface AlarmStatus {
  /** Since this server started. */
  readonly count: number;
  readonly last?: { readonly at: string; readonly what: string; readonly user: string };
}

interface Trouble {
  alarms: number;
  slips: number;
  until: number;
}

const firstPauseMs = 250;
const calmAfterMs = 10 * 60_000;
/** So many slips within a while are no slips any more. */
const slipsAllowed = 4;
const mostSessions = 1_000;

/** Tells the log and the admin of forged answers, and slows down the session they come from: that one and no other. */
export class Alarms {
  readonly #sessions = new Map<string, Trouble>();
  readonly #around: Required<Surroundings>;
  #count = 0;
  #last: AlarmStatus['last'];

  constructor(around: Surroundings) {
    this.#around = { elapsedMs: () => performance.now(), pause, ...around };
  }

  raise({ what, who, session, op, act, data = {} }: Suspicion): void {
    this.#count += 1;
    this.#last = { at: new Date().toISOString(), what, user: who.user };
    const trouble = this.#troubleOf(session);
    if (trouble) trouble.alarms += 1;
    const told = { alarm: what, ...(session !== undefined && { session }), ...data };
    this.#around.log('warn', `alarm: ${what}`, { user: who.user, agent: who.agent, ...told, ...(op && { op }) });
    this.#around.record({ kind: 'alarm', who, ...(op && { op }), ...(act && { act: act.slice(0, 64) }), data: told });
  }

  /** What may happen to anybody once: an old answer, a wrong name. It is an alarm when it goes on. */
  slip(suspicion: Suspicion): void {
    const trouble = this.#troubleOf(suspicion.session);
    if (!trouble) return;
    trouble.slips += 1;
    if (trouble.slips > slipsAllowed) this.raise({ ...suspicion, what: `${suspicion.what}, again and again` });
  }

  /** Resolves when the session may go on; nothing for one that need not wait, which is every one that raised no alarm. */
  slow(session: string | undefined, signal: AbortSignal): Promise<void> | undefined {
    const ms = this.waitMs(session);
    return ms > 0 ? this.#around.pause(ms, signal) : undefined;
  }

  waitMs(session: string | undefined): number {
    if (session === undefined || this.#sessions.size === 0) return 0;
    const { alarms = 0, until = 0 } = this.#sessions.get(session) ?? {};
    if (alarms === 0 || until < this.#around.elapsedMs()) return 0;
    return Math.min(firstPauseMs * 2 ** (alarms - 1), this.#around.slowestMs);
  }

  get status(): AlarmStatus {
    return { count: this.#count, ...(this.#last && { last: this.#last }) };
  }

  #troubleOf(session: string | undefined): Trouble | undefined {
    if (session === undefined) return undefined;
    const now = this.#around.elapsedMs();
    const known = this.#sessions.get(session);
    const trouble = known && known.until >= now ? known : { alarms: 0, slips: 0, until: 0 };
    trouble.until = now + calmAfterMs;
    // The one that was troublesome last stays longest.
    this.#sessions.delete(session);
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size >= mostSessions && oldest !== undefined) this.#sessions.delete(oldest);
    this.#sessions.set(session, trouble);
    return trouble;
  }
}
