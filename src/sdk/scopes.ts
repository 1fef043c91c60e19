import type { Effect, Within } from './effects.ts';
import type { Capacity, Console, Define, Endpoint, Guest, Inventory, Lan, Power } from './features.ts';
import type { Control, Lease, Sharing, Status, Trash } from './kernel-features.ts';

/** What may be offered, by what it acts on: a provider's host, a cluster's network, one VM; and by the kernel, what it keeps itself. */
export interface Scopes {
  host: { inventory: Inventory; capacity: Capacity };
  network: { lan: Lan };
  job: { control: Control };
  cluster: { lease: Lease; sharing: Sharing; trash: Trash };
  lab: { status: Status };
  vm: { define: Define; power: Power; console: Console; endpoint: Endpoint; guest: Guest };
}

export type Scope = keyof Scopes;

export type FeatureOf<S extends Scope> = keyof Scopes[S];

export type FeatureName = { [S in Scope]: FeatureOf<S> }[Scope];

type Verbs = {
  readonly [S in Scope]: { readonly [F in FeatureOf<S>]: { readonly [V in keyof Scopes[S][F]]: Effect } };
};

/**
 * What each verb of each feature may do to the world. Nothing outside this table is ever bound.
 * A command in a guest is a `change`: the guest is the caller's own, and what may be run there is policy's to say.
 */
export const verbs = {
  host: { inventory: { list: 'read' }, capacity: { facts: 'read', free: 'read', total: 'read' } },
  network: { lan: { active: 'read', define: 'change', remove: 'change' } },
  job: { control: { wait: 'read', cancel: 'change' } },
  cluster: {
    lease: { show: 'read', extend: 'change' },
    // Whoever takes what was offered takes it from its owner for good, so offering it is the loss.
    sharing: { share: 'change', offer: 'destroy', leave: 'change', take: 'change' },
    trash: { put: 'change', restore: 'change' },
  },
  lab: { status: { show: 'read' } },
  vm: {
    define: { create: 'change', discard: 'change', remove: 'destroy', erase: 'destroy' },
    power: { start: 'change', shutdown: 'change', cut: 'destroy' },
    console: { tail: 'read' },
    endpoint: { ssh: 'read' },
    guest: { reachable: 'read', ready: 'read', exec: 'change', door: 'change' },
  },
} as const satisfies Verbs;

type EffectsOf<S extends Scope, F> = F extends keyof (typeof verbs)[S] ? (typeof verbs)[S][F] : never;

/** The verbs of one feature that an operation of this effect may use. */
export type VerbOf<S extends Scope, F, E extends Effect> = {
  [V in keyof EffectsOf<S, F>]: EffectsOf<S, F>[V] extends Within<E> ? V : never;
}[keyof EffectsOf<S, F>];

/** Stands where a feature would, and says in one sentence why it does not work on this host. */
export interface Unsupported {
  readonly unsupported: string;
}

export const isUnsupported = (value: object): value is Unsupported => 'unsupported' in value;
