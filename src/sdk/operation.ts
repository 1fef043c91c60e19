import type { z } from 'zod';
import type { Call, Note } from './call.ts';
import type { Effect } from './effects.ts';
import type { Handles } from './handles.ts';
import type { Doors, PortName } from './ports.ts';
import type { FeatureName } from './scopes.ts';
import type { SubjectType } from './subjects.ts';

/** Something that exists: the tool's input names it under `from`, policy judges `action` on it. */
export interface One {
  readonly type: Exclude<SubjectType, 'lab'>;
  readonly from: string;
  readonly action: string;
  /** What policy judges instead when `effectOf` finds that this very input is a `destroy`. */
  readonly destroyAction?: string;
  /** For a cluster: the input field that selects nodes, one name or a list of them. All of them without it. */
  readonly nodes?: string;
  /** Goes on beside other calls on the same thing, unless one of them changes the thing itself. Changes inside a guest do. */
  readonly beside?: true;
  /** When the call succeeds, the thing is gone, and its name is free. */
  readonly ends?: true;
  /** Its machines may run afterwards: there must be room for them on the host, and their lease must not have ended. */
  readonly runs?: true;
  /** Changes it also while it lies in the trash. */
  readonly trashed?: true;
}

/** All there are of a type, as far as policy grants `action` on each; the others are left out without a word. Reads only. */
export interface Every {
  readonly type: SubjectType;
  readonly every: true;
  readonly action: string;
}

export type Target = One | Every;

/**
 * A cluster that will exist, from the topology that the input names under `from`: the kernel reads the file, policy judges
 * `create` on the cluster and on each node, `record` reserves their names. One that the same owner made from the same
 * topology is resolved instead, so that asking twice is asking once.
 */
export interface Draft {
  readonly type: 'cluster';
  readonly from: string;
}

type Reserved = { readonly ports?: never; readonly call?: never };
export type Targets = { readonly [key: string]: Target } & Reserved;
export type Drafts = { readonly [key: string]: Draft } & Reserved;

/** What an operation declares that decides what it will hold. */
export interface Wants<On, Made, F extends FeatureName, U extends FeatureName, P extends PortName> {
  readonly on: On;
  readonly creates?: Made;
  /** Features this operation cannot do without; its handles carry these and no others. */
  readonly requires?: readonly F[];
  /** Features it can do without: `undefined` on its handles where the provider lacks them. */
  readonly uses?: readonly U[];
  /** Doors it needs; `plugin.json` must ask for them too. */
  readonly ports?: readonly P[];
}

type Held<T, W extends AnyWants, E extends Effect> = {
  readonly [K in keyof T]: T[K] extends { readonly type: infer S extends SubjectType }
    ? T[K] extends { readonly every: true }
      ? readonly HandleOf<S, W, E>[]
      : HandleOf<S, W, E>
    : never;
};

type HandleOf<S extends SubjectType, W extends AnyWants, E extends Effect> = Handles<
  Listed<W['requires']>,
  Listed<W['uses']>,
  E
>[S];

/** What an operation is handed: exactly what policy judged, as far as its effect reaches, and nothing beside it. */
export type Context<W extends AnyWants, E extends Effect> = Held<W['on'], W, E> &
  Held<NonNullable<W['creates']>, W, E> & {
    readonly ports: Doors<Listed<W['ports']>, E>;
    readonly call: Call;
  };

type AnyWants = Wants<unknown, unknown, FeatureName, FeatureName, PortName>;
type Listed<L extends readonly string[] | undefined> = NonNullable<L>[number];

/** What the person confirming will read. */
export interface Preview {
  readonly summary: string;
  /** What will be lost or changed, one line each. */
  readonly effects: readonly string[];
}

interface Body<W extends AnyWants, E extends Effect, I extends z.ZodObject, O extends z.ZodObject> {
  /** Tool name, noun first: `snapshot_revert`. */
  readonly name: string;
  readonly summary: string;
  /** The strongest this operation can be; its features and ports reach no further. */
  readonly effect: E;
  readonly input: I;
  readonly output: O;
  /** Rules between fields. Throws INVALID_INPUT. */
  check?(input: z.output<I>): void;
  run(context: Context<W, E>, input: z.output<I>): Promise<z.input<O>>;
}

interface Changing<W extends AnyWants, E extends Effect, I extends z.ZodObject> {
  readonly idempotent?: boolean;
  /** What this very input amounts to, when that may be less. */
  effectOf?(input: z.output<I>): E | 'read' | 'change';
  /**
   * Called at the next start with the notes of a call that a crash cut short, and with hands that reach `destroy`, because
   * undoing is taking away. Says which of the two it did; `undone` also gives the names of a draft back.
   */
  recover?(context: Context<W, 'destroy'>, input: z.output<I>, notes: readonly Note[]): Promise<'finished' | 'undone'>;
}

/** What each effect owes: a destroy must show what will be lost, with nothing in hand but reads. */
interface Duties<W extends AnyWants, I extends z.ZodObject> {
  read: { readonly preview?: never; readonly effectOf?: never; readonly idempotent?: never; readonly recover?: never };
  change: Changing<W, 'change', I> & { readonly preview?: never };
  destroy: Changing<W, 'destroy', I> & { preview(context: Context<W, 'read'>, input: z.output<I>): Promise<Preview> };
}

export type Operation<W extends AnyWants, E extends Effect, I extends z.ZodObject, O extends z.ZodObject> = W &
  Body<W, E, I, O> &
  Duties<W, I>[E];
