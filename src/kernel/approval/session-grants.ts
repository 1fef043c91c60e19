import { randomBytes } from 'node:crypto';
import { LabError } from '../../sdk/index.ts';
import type { Bound, Subject } from '../call/steps.ts';
import type { Lab } from '../lab.ts';
import type { GrantTerms } from './statement.ts';

/** Which calls are like the one that was approved: the same tool, as strong, doing the same to the same things. */
export interface Reach {
  readonly tool: string;
  readonly effect: 'change' | 'destroy';
  readonly subjects: readonly {
    readonly type: Subject['type'];
    readonly id: string;
    readonly name: string;
    readonly action: string;
    readonly nodes: readonly string[];
  }[];
}

export interface SessionGrant {
  readonly id: string;
  readonly approval: string;
  readonly approver: string;
  readonly user: string;
  readonly session: string;
  readonly reach: Reach;
  readonly whole: boolean;
  readonly calls: number;
  readonly left: number;
  readonly policy: string;
  readonly expiresAt: string;
}

type Giving = Pick<SessionGrant, 'approval' | 'approver' | 'user' | 'session' | 'reach'>;

/** `undefined` for what does not exist yet: it has no identity that a later call could have too. */
export function reachOf({ operation, effect, subjects }: Bound): Reach | undefined {
  const all = Object.values(subjects).flat();
  if (effect === 'read' || all.some(({ draft }) => draft)) return undefined;
  return {
    ...{ tool: operation.name, effect },
    subjects: all.map(({ type, facts: { id }, typed: name, action, nodes }) => ({
      ...{ type, id, name, action, nodes: nodes.map((node) => node.id) },
    })),
  };
}

/**
 * What an approver said yes to beyond one call. In memory, because it belongs to one connection, which does not outlive the
 * server. Gone at once when the policy is another one.
 */
export class SessionGrants {
  readonly #grants = new Map<string, SessionGrant>();

  give(lab: Lab, { calls, minutes, whole }: GrantTerms, giving: Giving): SessionGrant {
    const lastsMs = minutes * 60_000;
    const id = randomBytes(16).toString('hex');
    const expiresAt = new Date(lab.now().getTime() + lastsMs).toISOString();
    lab.deadlines.begin(id, lastsMs);
    const grant = { ...giving, id, whole, calls, left: calls, policy: lab.policy.hash, expiresAt };
    this.#grants.set(id, grant);
    return grant;
  }

  /** Those that a call could still use. */
  live(lab: Lab): readonly SessionGrant[] {
    for (const [id, grant] of this.#grants) {
      const over = lab.deadlines.over(id, { expiresAt: grant.expiresAt, lastsMs: longestMs }, lab.now());
      if (over || grant.left === 0 || grant.policy !== lab.policy.hash) this.#grants.delete(id);
    }
    return [...this.#grants.values()];
  }

  covering(lab: Lab, bound: Bound): SessionGrant | undefined {
    if (this.#grants.size === 0) return undefined;
    const wanted = reachOf(bound);
    const { principal, session } = bound.request;
    return this.live(lab).find(
      (grant) => wanted && grant.user === principal.user && grant.session === session && covers(grant, wanted),
    );
  }

  /** Uses one call up. Throws CONFIRMATION_STALE when none is left, or the grant is gone. */
  use(lab: Lab, id: string): void {
    const grant = this.live(lab).find((one) => one.id === id);
    if (!grant)
      throw new LabError('CONFIRMATION_STALE', 'What was granted for more calls is used up or over; ask again.');
    this.#grants.set(id, { ...grant, left: grant.left - 1 });
  }

  revoke(id: string): SessionGrant | undefined {
    const grant = this.#grants.get(id);
    this.#grants.delete(id);
    return grant;
  }

  /** All that came from somebody who is no approver any more. */
  revokeFrom(approver: string): void {
    for (const [id, grant] of this.#grants) if (grant.approver === approver) this.#grants.delete(id);
  }

  /** What came with a yes to which another has said no. */
  revokeOf(approval: string): void {
    for (const [id, grant] of this.#grants) if (grant.approval === approval) this.#grants.delete(id);
  }

  /** Another policy is in force; the one before may come back, and they do not. */
  revokeAll(): void {
    this.#grants.clear();
  }

  endSession(session: string): void {
    for (const [id, grant] of this.#grants) if (grant.session === session) this.#grants.delete(id);
  }
}

const longestMs = 60 * 60_000;

const covers = ({ reach, whole }: SessionGrant, wanted: Reach): boolean =>
  reach.tool === wanted.tool &&
  reach.effect === wanted.effect &&
  wanted.subjects.every(({ type, id, action, nodes }) =>
    reach.subjects.some(
      (one) =>
        one.type === type &&
        one.id === id &&
        one.action === action &&
        (whole || nodes.every((node) => one.nodes.includes(node))),
    ),
  );
