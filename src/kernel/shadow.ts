import type { AuditLog } from '../audit/index.ts';
import {
  type Difference,
  type Policy,
  policyOf,
  problemOf,
  readPolicies,
  shadowed,
  type Vocabulary,
} from '../policy/index.ts';
import type { Log } from './surroundings.ts';

export interface ShadowHealth {
  /** Of the policy that is asked beside the one in force; absent when it cannot be loaded. */
  readonly hash?: string;
  readonly problem?: string;
  /** How often it would have decided otherwise since it was loaded. */
  readonly differences: number;
}

interface Options {
  readonly files: readonly string[];
  readonly vocabulary: Vocabulary;
  readonly audit: AuditLog;
  readonly log: Log;
}

/** The next policy, tried on the questions of today. It decides nothing, and nothing that is wrong with it is anybody's problem. */
export class Shadow {
  readonly #options: Options;
  #next: Policy | undefined;
  #problem: string | undefined;
  #differences = 0;
  #told = new Set<string>();

  constructor(options: Options) {
    this.#options = options;
  }

  get health(): ShadowHealth | undefined {
    if (this.#options.files.length === 0) return undefined;
    return {
      ...(this.#next && { hash: this.#next.hash }),
      ...(this.#problem !== undefined && { problem: this.#problem }),
      differences: this.#differences,
    };
  }

  /** The policy in force, with the next one beside it. */
  beside(policy: Policy): Policy {
    const next = this.#next;
    return next ? shadowed(policy, next, (difference) => this.#differs(policy, next, difference)) : policy;
  }

  /** Says whether another one is beside it now. */
  async reload(): Promise<boolean> {
    const { files, vocabulary, audit, log } = this.#options;
    if (files.length === 0) return false;
    try {
      const next = policyOf(await readPolicies(files), vocabulary);
      this.#problem = undefined;
      if (next.hash === this.#next?.hash) return false;
      this.#begin(next);
      audit.enqueue({ kind: 'policy', data: { shadow: next.hash, files: [...files] } });
      return true;
    } catch (reason) {
      const problem = problemOf(reason);
      if (problem !== this.#problem) log('warn', 'the shadow policy cannot be loaded', { problem });
      this.#problem = problem;
      const had = this.#next !== undefined;
      this.#begin(undefined);
      return had;
    }
  }

  #begin(next: Policy | undefined): void {
    this.#next = next;
    this.#differences = 0;
    this.#told.clear();
  }

  /** Each difference is counted, and each kind of it written once: a list of a thousand machines is one line for each rule. */
  #differs(policy: Policy, next: Policy, { asked: [who, action, type, attributes], ...both }: Difference): void {
    this.#differences += 1;
    const kind = [
      who.user,
      action,
      type,
      both.now.rule,
      both.now.confirmRule,
      both.next.rule,
      both.next.confirmRule,
    ].join('\n');
    if (this.#told.has(kind) || this.#told.size >= mostTold) return;
    this.#told.add(kind);
    const name = attributes['name'];
    this.#options.audit.enqueue({
      ...{ kind: 'policy', who },
      data: {
        differs: {
          action,
          type,
          name,
          now: { policy: policy.hash, ...both.now },
          next: { policy: next.hash, ...both.next },
        },
      },
    });
  }
}

const mostTold = 1_000;
