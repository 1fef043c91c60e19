import type { Job, LeaseStage, Note, Principal, Share, Subjects, Vm } from '../sdk/index.ts';
import type { Approvals } from './approvals.ts';

/** Everything that has an owner and a name, of which people of one lab may have the same. */
export type Stored = 'cluster' | 'vm' | 'job';

/** A call that was written down before it did anything: enough to finish or undo it without asking policy about the past. */
export interface Intent {
  readonly id: string;
  readonly tool: string;
  readonly principal: Principal;
  readonly project: string;
  readonly input: object;
  readonly effect: 'change' | 'destroy';
  /** Each subject as the call resolved it, drafts included. Opaque here. */
  readonly subjects: object;
  readonly startedAt: string;
}

/** A disk file that belongs to somebody: to a VM, or kept from one that is gone. */
export interface Disk {
  readonly path: string;
  /** Absent for a kept disk. */
  readonly vmId?: string;
  readonly owner: string;
  readonly project: string;
  /** The image it is an overlay of; empty for a disk of its own. */
  readonly image: string;
  /** Whether what lies at the path is labwarden's: false until the first `create` of it begins. */
  readonly made: boolean;
}

export interface Creation {
  readonly type: 'cluster';
  readonly cluster: Subjects['cluster'];
  readonly nodes: readonly Vm[];
  /** Hours between the end of its lease and the trash. */
  readonly graceH?: number;
}

/** Whose things are counted together: those of one person, of everybody in one group, or of one project. */
export interface Scope {
  readonly per: 'person' | 'group' | 'project';
  readonly of: string;
}

/** The most there may be of one kind of countable: `vms`, `memory_mb`, `snapshots`, … */
export interface Bound extends Scope {
  /** The rule that says so, as a refusal names it. */
  readonly rule: string;
  readonly kind: string;
  readonly most: number;
}

/** So much of a kind, for as long as the thing is there: for the caller, in the call's project. */
export interface Count {
  readonly thing: string;
  readonly kind: string;
  readonly amount: number;
}

/** What a call asks to be made durable in one step, or not at all. */
export interface Reservation {
  readonly intent: Intent;
  readonly creates: readonly Creation[];
  /** What is counted beside the VMs of `creates`, and the job itself. */
  readonly counts?: readonly Count[];
  readonly bounds: readonly Bound[];
  /** A confirmation that this call uses up. */
  readonly spends?: string;
  /** Things that must still be as they were when this was confirmed. */
  readonly expects?: readonly Expected[];
}

export interface Expected {
  readonly type: 'cluster' | 'vm';
  readonly id: string;
  readonly owner: string;
  readonly generation: number;
}

export interface Settlement {
  readonly status: 'done' | 'failed' | 'unknown';
  readonly endedAt: string;
  readonly result?: object;
  readonly error?: Job['error'];
  /** What the call said last. */
  readonly progress?: Job['progress'];
  /**
   * Names to give back: drafts of a call that came to nothing, and things that a call took away. Disks that they still have are
   * `kept` for their owner; or as `before` the draft took them, when nobody has used them.
   */
  readonly drops: readonly {
    readonly type: 'cluster' | 'vm';
    readonly id: string;
    readonly disks: 'kept' | 'before';
  }[];
  /** Things of `counts` that did not come into being, or are gone. */
  readonly uncounts?: readonly string[];
  /** Things that a change has touched: their generation goes up. */
  readonly touches: readonly { readonly type: 'cluster' | 'vm'; readonly id: string }[];
}

/** How long one cluster stays. All times are ISO 8601. */
export interface Tenure {
  readonly clusterId: string;
  readonly expiresAt?: string | undefined;
  readonly stage?: LeaseStage | undefined;
  /** When its stage began. */
  readonly stageAt?: string | undefined;
  readonly extensions: number;
  /** Hours between the stop and the trash. */
  readonly graceH: number;
  readonly trashedAt?: string | undefined;
  readonly purgeAt?: string | undefined;
}

/** A question that was put to a person, and that one answer may use up once. */
export interface Question {
  readonly id: string;
  readonly plan: string;
  readonly user: string;
  readonly expiresAt: string;
}

/** A plugin's own facts. */
export interface Cabinet {
  get(key: string): Promise<unknown>;
  list(prefix: string): Promise<readonly string[]>;
  set(key: string, value: unknown): Promise<void>;
  remove(key: string): Promise<void>;
}

/** Our own facts: who owns what, what is held, what was about to be done. Nothing above may know what keeps them. */
export interface State extends Approvals {
  /** Everything of this name, whoever owns it: several people may use one name. A node is `cluster/node`. */
  named<T extends Stored>(type: T, name: string): Promise<readonly Subjects[T][]>;
  byId<T extends Stored>(type: T, id: string): Promise<Subjects[T] | undefined>;
  /** Jobs newest first, without `result` and `error`: all that run, and of those that ended each owner's newest. */
  all<T extends Stored>(type: T): Promise<readonly Subjects[T][]>;
  /** In the order of the topology. */
  nodes(clusterId: string): Promise<readonly Vm[]>;
  disk(path: string): Promise<Disk | undefined>;
  /** Makes the disks of a VM its own again. Throws CONFLICT when somebody else has one. */
  takeDisks(vm: Vm): Promise<void>;
  /** From now on what lies at their paths is labwarden's own. */
  makeDisks(vmId: string): Promise<void>;
  /** From now on they may hold something: `before` leaves them to their owner. */
  useDisks(vmId: string): Promise<void>;
  /** `kept` for their owner, `gone` from the host, or as they were `before` the VM took them. */
  releaseDisks(vmId: string, as: 'kept' | 'gone' | 'before'): Promise<void>;
  /**
   * Throws CONFLICT when a name or a disk is taken, LIMIT_EXCEEDED when a bound would not hold, CONFIRMATION_STALE when the
   * confirmation was used before, or a thing is not any more what was confirmed.
   */
  reserve(reservation: Reservation): Promise<void>;
  /** Throws the LIMIT_EXCEEDED that `reserve` would. Promises nothing. */
  room(reservation: Omit<Reservation, 'intent' | 'spends'>): Promise<void>;
  /** How much of a kind there is. */
  used(scope: Scope, kind: string): Promise<number>;
  /** With nobody any more when there is no access. Throws CONFLICT when it is given whose it is, and it is not theirs by now. */
  share(
    clusterId: string,
    to: Pick<Share, 'with' | 'name'>,
    access: Share['access'] | undefined,
    ifOwner?: string,
  ): Promise<void>;
  /**
   * Gives a cluster, its VMs, disks and counts to somebody else, and ends all sharing. Throws CONFLICT when they have one of this
   * name, LIMIT_EXCEEDED when a bound would not hold.
   */
  handOver(clusterId: string, to: Pick<Principal, 'user' | 'groups'>, bounds: readonly Bound[]): Promise<void>;
  /** Every cluster whose lease ends, or that lies in the trash. */
  tenures(): Promise<readonly Tenure[]>;
  tenure(clusterId: string): Promise<Tenure | undefined>;
  /** Nothing happens when it is given that the lease ends at another time by now. */
  setTenure(clusterId: string, change: Partial<Omit<Tenure, 'clusterId'>>, ifExpiresAt?: string): Promise<void>;
  /** Resolves when everything said so far would survive a power cut. Once it has failed, it fails until the state is opened anew. */
  durable(): Promise<void>;
  readonly health: 'ok' | { readonly failed: string };
  /** While it stays the same, so does every answer to a look. */
  readonly version: number;
  note(call: string, note: Note): Promise<void>;
  notes(call: string): Promise<readonly Note[]>;
  refer(vmId: string, ref: string): Promise<void>;
  settle(call: string, settlement: Settlement): Promise<void>;
  /** Calls that were reserved and never settled. */
  unsettled(): Promise<readonly Intent[]>;
  ask(question: Question): Promise<void>;
  /** Nobody can use it any more. */
  spend(questionId: string, by: string): Promise<void>;
  question(id: string): Promise<(Question & { readonly spent: boolean }) | undefined>;
  cabinet(plugin: string): Cabinet;
  close(): Promise<void>;
}
