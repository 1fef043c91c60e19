import type { AuditLog } from '../audit/index.ts';
import type { Policy } from '../policy/index.ts';
import type { Effect, Ports, Subjects } from '../sdk/index.ts';
import type { State } from '../state/index.ts';
import type { Alarms } from './alarms.ts';
import type { SessionGrants } from './approval/session-grants.ts';
import type { Capacity } from './capacity.ts';
import type { Deadlines } from './deadlines.ts';
import type { Drafting } from './drafting.ts';
import type { Jobs } from './jobs.ts';
import type { Locks } from './locks.ts';
import type { PolicyHealth } from './policy-keeper.ts';
import type { Providers } from './providers.ts';
import type { Rates } from './rates.ts';
import type { Entry } from './registry.ts';
import type { Selection } from './toolsets.ts';

export interface Limits {
  /** How long a caller waits for a change before it gets the job's id instead. */
  readonly answerWithinMs: number;
  readonly callDeadlineMs: number;
  /** How long a plugin that was told to stop may tidy up. */
  readonly stopGraceMs: number;
  /** How long something stays in the trash. Without it there is no trash. */
  readonly trashMs: number;
  /** How long a question stays open. */
  readonly answerToQuestionMs: number;
}

/** How long what people have to approve stays open, by level. */
export interface Confirmation {
  readonly lastsMs: Readonly<Record<'human' | 'two-person', number>>;
}

/** The doors of one plugin, as far as it asked and the admin granted. */
export interface PluginPorts {
  readonly ports: Partial<Ports>;
  /** What using this door in this way may do to the world. */
  effectOf(port: string, verb: string, args: readonly unknown[]): Effect;
}

/** All that a call may reach for. */
export interface Lab {
  readonly operations: ReadonlyMap<string, Entry>;
  readonly providers: Providers;
  /** The policy in force: another one may be by the next time one looks. */
  readonly policy: Policy;
  readonly state: State;
  readonly audit: AuditLog;
  readonly locks: Locks;
  readonly jobs: Jobs;
  readonly drafting: Drafting;
  readonly limits: Limits;
  readonly confirmation: Confirmation;
  readonly deadlines: Deadlines;
  readonly alarms: Alarms;
  /** What approvers said yes to beyond one call. */
  readonly sessionGrants: SessionGrants;
  /** Digest of every plugin's code: what was confirmed is done by the code that previewed it. */
  readonly code: string;
  readonly rates: Rates;
  readonly capacity: Capacity;
  /** Which tools the config gives to clients at all. */
  readonly toolsets: Selection;
  /** Nobody may do more than look. */
  readonly readOnly: boolean;
  readonly hosts: () => readonly Subjects['host'][];
  /** A plugin's ports for one call, dead when the signal aborts. */
  doors(plugin: string, call: string, signal: AbortSignal): PluginPorts;
  redact(args: object, schema: object): object;
  policyHealth(): PolicyHealth;
  /** After another policy has come into force. */
  onPolicyChange(listener: () => void): Disposable;
  now(): Date;
  /** A change has ended: leases may have begun, or have another end. */
  changed(): void;
  log(level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: object): void;
}
