import type {
  AnyContext,
  AnyOperation,
  Call,
  Effect,
  LabError,
  Preview,
  Principal,
  Subjects,
  SubjectType,
  Vm,
  VmState,
} from '../../sdk/index.ts';
import type { Check } from '../check.ts';
import type { Narrowed } from '../tools.ts';

declare const step: unique symbol;
/** A value that only the named step hands out, so that no later step can be reached without it. */
type Passed<Step extends string, T> = T & { readonly [step]: { readonly [K in Step]: true } };

/** Says that a value has passed its step. Only the file of that step may call it; a test holds the list. */
export const passed = <To extends { readonly [step]: object }>(value: Omit<To, typeof step>): To => value as To;

export interface Request {
  readonly id: string;
  readonly principal: Principal;
  readonly tool: string;
  /** What its client takes less of than it might. */
  readonly narrowed?: Narrowed;
  readonly args: unknown;
  /** The caller is still there. Ends a call that is not recorded yet, and any read. */
  readonly signal: AbortSignal;
  /** Somebody said stop: the protocol's cancel. Ends any call, as `job_cancel` does. */
  readonly stop: AbortSignal;
  /** What the caller's person said to a question that this very call was answered with. */
  readonly answer?: Answer;
  /** An answer came that belongs to no question of ours. It counts for nothing, and the log tells of it. */
  readonly forged?: true;
  progress?(progress: { readonly done: number; readonly total?: number; readonly message: string }): void;
}

/** An answer to a question. Only the transport makes one, from a seal that it opened itself. */
export interface Answer {
  readonly question: string;
  readonly plan: string;
  readonly said: 'yes' | 'no';
  /** What the person typed, to show which thing they mean. */
  readonly typed: string;
}

/** What policy judges: the facts of one thing, what is to be done to it, and a cluster's nodes. */
export type Subject = {
  readonly [T in SubjectType]: {
    readonly type: T;
    readonly action: string;
    readonly facts: Subjects[T];
    /** The name as the caller wrote it, which is all that a refusal may repeat. */
    readonly typed: string;
    /** The nodes that were selected, and all there are. Empty but for clusters. */
    readonly nodes: readonly Vm[];
    readonly members: readonly Vm[];
    /** It does not exist yet. */
    readonly draft: boolean;
    /** What the VMs were doing when the call was bound, by id. */
    readonly states: Readonly<Record<string, VmState>>;
  };
}[SubjectType];

/** Under each key of the operation: one subject, or for `every` as many as there are. */
export type SubjectMap = Readonly<Record<string, readonly Subject[]>>;

interface Tool {
  readonly request: Request;
  readonly plugin: string;
  readonly toolset: string;
  readonly operation: AnyOperation;
  readonly checkInput: Check;
  readonly checkOutput: Check;
}

/** Which rule let something through, for the log; and how sure the person must be. */
export interface Judgement {
  readonly rules: readonly string[];
  /** Hash of the policy that judged. */
  readonly policy: string;
  /** What policy says of asking a person. Without a word of it, a destroy asks and nothing else does. */
  readonly confirm?: 'none' | 'ack';
}

export interface Seen {
  readonly state: number;
  readonly policy: string;
}

export type Found = Passed<'find', Tool>;
/** `effect` is what this very input amounts to. */
export type Valid = Passed<'validate', Found & { readonly input: object; readonly effect: Effect }>;
/** `seen`: what the state and the policy were when it was looked at. While both are the same, so is what comes of it. */
export type Resolved = Passed<'resolve', Valid & { readonly subjects: SubjectMap; readonly seen: Seen }>;
export type Authorized = Passed<'authorize', Resolved & { readonly judgement: Judgement }>;
export type Admitted = Passed<'admit', Authorized>;
/** `hold` puts into the operation's hands what an effect allows, for as long as the call lasts. */
export type Bound = Passed<'bind', Admitted & { hold(call: Call, effect: Effect): AnyContext }>;
/** `plan` is the digest of what was shown, empty when nothing was; it must be the same again under the locks. `spends` is the question it answers. */
export type Confirmed = Passed<'confirm', Bound & { readonly plan: string; readonly spends?: string }>;
export type Locked = Passed<'lock', Confirmed & Disposable>;
export type Recorded = Passed<'record', Locked>;
export type Outcome = { readonly ok: true; readonly data: object } | { readonly ok: false; readonly error: LabError };
/** `undone`: nothing is left of it, for sure. */
export type Ran = Passed<'run', Recorded & { readonly outcome: Outcome; readonly undone: boolean }>;

/** What a person is asked, and under which number. It rides on CONFIRMATION_REQUIRED and CONFIRMATION_STALE. */
export interface Asked {
  readonly question: string;
  readonly plan: string;
  readonly preview: Preview;
  /** What they must type. */
  readonly expect: string;
}
