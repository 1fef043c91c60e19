import type { Effect } from './effects.ts';
import type { FeatureName, FeatureOf, Scope, Scopes, VerbOf } from './scopes.ts';
import type { Cluster, Host, Job, Lab, Vm, VmState } from './subjects.ts';

/** A verb whose target is already chosen, so its holder cannot reach another one. */
type Tied<M> = M extends (at: never, ...args: infer A) => infer R ? (...args: A) => R : never;

/** The features of one scope that an operation named, and of each the verbs its effect allows; no others. */
type Hands<S extends Scope, F extends FeatureName, U extends FeatureName, E extends Effect> = {
  readonly [K in F & FeatureOf<S>]: Hand<S, K, E>;
} & { readonly [K in U & FeatureOf<S>]?: Hand<S, K, E> };

type Hand<S extends Scope, K extends FeatureOf<S>, E extends Effect> = {
  readonly [V in VerbOf<S, K, E> & keyof Scopes[S][K]]: Tied<Scopes[S][K][V]>;
};

export type VmHandle<F extends FeatureName, U extends FeatureName, E extends Effect> = Vm & {
  /** Asked when the call was bound, and again under the locks. */
  readonly state: VmState;
} & Hands<'vm', F, U, E>;

export type HostHandle<F extends FeatureName, U extends FeatureName, E extends Effect> = Host & Hands<'host', F, U, E>;

export type ClusterHandle<F extends FeatureName, U extends FeatureName, E extends Effect> = Cluster & {
  /** The nodes the caller selected; policy judged each. */
  readonly nodes: readonly VmHandle<F, U, E>[];
} & Hands<'network', F, U, E> &
  Hands<'cluster', F, U, E>;

/** What an operation holds for each type of subject: its facts, and features tied to it. */
export interface Handles<F extends FeatureName, U extends FeatureName, E extends Effect> {
  vm: VmHandle<F, U, E>;
  cluster: ClusterHandle<F, U, E>;
  job: Job & Hands<'job', F, U, E>;
  host: HostHandle<F, U, E>;
  lab: Lab & Hands<'lab', F, U, E>;
}
