import type { Call } from './call.ts';
import type { AtNetwork } from './features.ts';
import type { Job, Lab, LeaseStage } from './subjects.ts';

export interface AtJob {
  readonly job: Job;
  readonly call: Call;
}

/** A running call, in the hands of another one. */
export interface Control {
  /** Resolves when the job has ended, or after `withinMs`, with what is known then. */
  wait(at: AtJob, withinMs: number): Promise<Job>;
  /** Tells it to stop; it may tidy up first. One that has ended stays as it is. */
  cancel(at: AtJob): Promise<void>;
}

/** How long a cluster stays. */
export interface Lease {
  show(at: AtNetwork): Promise<LeaseShown>;
  /**
   * Later by so many hours, counted from the end it has, or from now when that is past. Throws CONFLICT when it has no end or lies
   * in the trash, LIMIT_EXCEEDED beyond what policy gives the caller.
   */
  extend(at: AtNetwork, hours: number): Promise<LeaseEnd>;
}

export interface LeaseShown {
  readonly stage: LeaseStage | 'trashed';
  /** Absent when it stays until somebody destroys it. */
  readonly expiresAt?: string;
  /** What happens by itself, and when. */
  readonly next?: 'stop' | 'trash' | 'purge';
  readonly nextAt?: string;
  /** How often it was extended; how often the caller still may, and how far from now, where policy sets that. */
  readonly extensions: number;
  readonly extensionsLeft?: number;
  readonly longestH?: number;
}

export interface LeaseEnd {
  readonly expiresAt: string;
  /** Absent where policy sets no number. */
  readonly extensionsLeft?: number;
}

/** Who else may see or use a cluster, and whose it is. */
export interface Sharing {
  /** `who` is a user's name, or `group:` and a group's. Idempotent. */
  share(at: AtNetwork, who: string, access: 'none' | 'look' | 'use'): Promise<void>;
  /** Lets this user make it theirs: the owner loses it when they do. Idempotent. */
  offer(at: AtNetwork, user: string): Promise<void>;
  /** Gives up what was shared with the caller by name. Idempotent. */
  leave(at: AtNetwork): Promise<void>;
  /** Makes it the caller's own, with all its shares gone. Throws CONFLICT, FORBIDDEN, LIMIT_EXCEEDED. */
  take(at: AtNetwork): Promise<void>;
}

/** Where a cluster lies before it is gone for good: stopped, whole, and counted. */
export interface Trash {
  /** The nodes must be stopped. Idempotent. Throws UNSUPPORTED where the lab keeps no trash. */
  put(at: AtNetwork): Promise<{ readonly purgeAt: string }>;
  restore(at: AtNetwork): Promise<void>;
}

export interface AtLab {
  readonly lab: Lab;
  readonly call: Call;
}

/** The lab as the caller may know it, and nobody else's part of it. */
export interface Status {
  show(at: AtLab): Promise<LabStatus>;
}

export interface LabStatus {
  readonly user: string;
  readonly groups: readonly string[];
  readonly roles: readonly string[];
  readonly limits: readonly {
    /** File, line and id of the rule. */
    readonly rule: string;
    readonly per: 'person' | 'group' | 'project';
    readonly of: string;
    readonly kind: string;
    readonly have: number;
    readonly most: number;
  }[];
  /** The caller's own clusters that have an end. */
  readonly leases: readonly {
    readonly cluster: string;
    readonly stage: LeaseStage | 'trashed';
    /** When the next thing happens by itself: it is stopped, put into the trash, or purged. */
    readonly nextAt?: string;
    readonly next?: 'stop' | 'trash' | 'purge';
  }[];
  /** Those that the caller may inspect. */
  readonly providers: readonly { readonly name: string; readonly status: string; readonly reason?: string }[];
  /** `ok`, or what is wrong. */
  readonly audit: string;
  readonly state: string;
  readonly policyHash: string;
}
