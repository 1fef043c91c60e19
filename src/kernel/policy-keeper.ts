import type { AuditLog } from '../audit/index.ts';
import {
  type Policy,
  type PolicyText,
  problemOf,
  readPolicies,
  type Scale,
  type Weighed,
  weighed,
} from '../policy/index.ts';
import { LabError, type Principal } from '../sdk/index.ts';
import { News } from './news.ts';
import { type Made, remember } from './policy-memory.ts';
import type { Shadow, ShadowHealth } from './shadow.ts';
import type { Log } from './surroundings.ts';

/** How it stands with the policy, for `status`. */
export interface PolicyHealth {
  /** Of the policy in force. */
  readonly hash: string;
  /** Why what the files say now is not in force. */
  readonly problem?: string;
  /** What waits for an admin's word, because it gives more than the policy in force. */
  readonly pending?: { readonly hash: string; readonly widens: readonly string[] };
  readonly shadow?: ShadowHealth;
}

export interface KeeperOptions {
  readonly files: readonly string[];
  readonly stateDir: string;
  readonly scale: Scale;
  /** Whether a policy that gives more waits to be accepted. */
  readonly asks: boolean;
  readonly shadow: Shadow;
  readonly audit: AuditLog;
  readonly log: Log;
}

type Pending = Made & { readonly widens: readonly string[] };

/** The policy in force, and the only place where another one takes its place: whole, at once, and after the log has it. */
export class PolicyKeeper {
  readonly #options: KeeperOptions;
  readonly #news = new News();
  #made: Made;
  #current: Policy;
  #problem: string | undefined;
  #pending: Pending | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #over = false;

  constructor(options: KeeperOptions, made: Made) {
    this.#options = options;
    this.#made = made;
    this.#current = options.shadow.beside(made.policy);
  }

  /** To be asked for anew at every decision. */
  get current(): Policy {
    return this.#current;
  }

  get health(): PolicyHealth {
    const { shadow } = this.#options;
    return {
      hash: this.#current.hash,
      ...(this.#problem !== undefined && { problem: this.#problem }),
      ...(this.#pending && { pending: { hash: this.#pending.policy.hash, widens: this.#pending.widens } }),
      ...(shadow.health && { shadow: shadow.health }),
    };
  }

  onChange(listener: () => void): Disposable {
    return this.#news.listen(listener);
  }

  /** Reads the files now. What is wrong with them is told, and changes nothing. Never rejects. */
  reload(read: () => Promise<readonly PolicyText[]> = () => readPolicies(this.#options.files)): Promise<PolicyHealth> {
    return this.#inTurn(async () => {
      if (await this.#options.shadow.reload()) this.#current = this.#options.shadow.beside(this.#made.policy);
      await this.#offered(read);
      return this.health;
    });
  }

  /** An admin's word for the very policy that waits. Throws NOT_FOUND when that is not the one. */
  accept(hash: string, who: Principal): Promise<PolicyHealth> {
    return this.#inTurn(async () => {
      const pending = this.#pending;
      if (pending?.policy.hash !== hash) throw nothingWaits(hash, pending);
      await this.#take(pending, { accepted: true, widens: pending.widens }, who);
      return this.health;
    });
  }

  /** Whoever still had a turn has had it. */
  async end(): Promise<void> {
    this.#over = true;
    await this.#turn;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #offered(read: () => Promise<readonly PolicyText[]>): Promise<void> {
    try {
      const texts = await read();
      if (this.#over) return;
      await this.#weighed(texts, weighed(this.#made.policy, texts, this.#options.scale));
    } catch (reason) {
      if (!this.#over) this.#broken(problemOf(reason));
    }
  }

  async #weighed(texts: readonly PolicyText[], weight: Weighed): Promise<void> {
    if (weight.is === 'broken') return this.#broken(weight.problem);
    if (weight.is === 'same') return this.#settled();
    const { policy, widens } = weight;
    if (this.#options.asks && widens.length > 0) return this.hold({ policy, texts, widens });
    await this.#take({ policy, texts }, widens.length > 0 ? { widens } : {});
  }

  #broken(problem: string): void {
    this.#pending = undefined;
    if (problem === this.#problem) return;
    this.#problem = problem;
    const kept = this.#current.hash;
    this.#options.log('error', 'the policy files cannot be taken; the policy before them stays in force', {
      problem,
      kept,
    });
    this.#options.audit.enqueue({ kind: 'policy', data: { problem, kept } });
  }

  /** The files say what is in force. */
  #settled(): void {
    if (this.#problem === undefined && !this.#pending) return;
    this.#problem = undefined;
    this.#pending = undefined;
    this.#options.log('info', 'the policy files say what is in force', { policy: this.#current.hash });
    this.#options.audit.enqueue({ kind: 'policy', data: { hash: this.#current.hash, settled: true } });
  }

  hold(pending: Pending): void {
    this.#problem = undefined;
    if (pending.policy.hash === this.#pending?.policy.hash) return;
    this.#pending = pending;
    const said = { pending: pending.policy.hash, widens: pending.widens, kept: this.#current.hash };
    this.#options.log('warn', 'the policy files give more than the policy in force, and wait to be accepted', said);
    this.#options.audit.enqueue({ kind: 'policy', data: said });
  }

  /** The log first: a decision never names a policy that the log does not know. */
  async #take(made: Made, more: object, who?: Principal): Promise<void> {
    const { audit, files, shadow, stateDir, log } = this.#options;
    const [hash, was] = [made.policy.hash, this.#made.policy.hash];
    await audit.append({ kind: 'policy', ...(who && { who }), data: { hash, was, files: [...files], ...more } });
    this.#made = made;
    this.#current = shadow.beside(made.policy);
    this.#problem = undefined;
    this.#pending = undefined;
    this.#news.tell();
    log('info', 'another policy is in force', { policy: hash, was });
    await remember(stateDir, made).catch((cause: unknown) =>
      log('warn', 'the policy is not remembered', { cause: String(cause) }),
    );
  }
}

const nothingWaits = (hash: string, pending: Pending | undefined) =>
  new LabError(
    'NOT_FOUND',
    `No policy ${hash} waits to be accepted; ${pending ? `${pending.policy.hash} does` : 'none does'}.`,
  );
