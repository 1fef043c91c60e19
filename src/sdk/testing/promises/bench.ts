import type { Call } from '../../call.ts';
import type { AtHost, AtNetwork, AtVm } from '../../features.ts';
import type { Provider } from '../../provider.ts';
import { type FeatureOf, isUnsupported, type Scopes } from '../../scopes.ts';
import type { ProviderFixture } from '../provider-fixture.ts';

/** One promise, tried. Throws when it is broken. */
export type Body = (bench: Bench) => Promise<void>;

/** Thrown by a promise about a feature that this provider does not have. */
export class NotOffered extends Error {}

type ProviderScope = 'host' | 'network' | 'vm';

/** A fixture, with everything at hand. */
export interface Bench extends ProviderFixture {
  readonly atHost: AtHost;
  readonly atNetwork: AtNetwork;
  readonly first: AtVm;
  readonly second: AtVm;
  /** The feature. Throws NotOffered. */
  need<S extends ProviderScope, F extends FeatureOf<S> & string>(scope: S, name: F): Scopes[S][F];
}

export function bench(fixture: ProviderFixture): Bench {
  const call = callOf(new AbortController().signal);
  const { provider, host, cluster, nodes } = fixture;
  return {
    ...fixture,
    atHost: { host, call },
    atNetwork: { cluster, members: nodes, call },
    first: { vm: nodes[0], call },
    second: { vm: nodes[1], call },
    need: (scope, name) => need(provider, scope, name),
  };
}

export const callOf = (signal: AbortSignal): Call => ({
  ...{ id: 'contract', signal },
  ...{ note: async () => {}, progress: () => {}, log: () => {} },
});

export function need<S extends ProviderScope, F extends FeatureOf<S> & string>(
  provider: Provider,
  scope: S,
  name: F,
): Scopes[S][F] {
  const offered: Partial<Record<string, object>> = provider[scope];
  const feature = offered[name];
  if (!feature) throw new NotOffered(`It has no ${name}.`);
  if (isUnsupported(feature)) throw new NotOffered(feature.unsupported);
  return feature as Scopes[S][F]; // what stands under this name is of this type
}

/** The code of the LabError with which it failed. */
export async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'it did not fail';
  } catch (reason) {
    return reason instanceof Error && 'code' in reason ? String(reason.code) : `no LabError, but ${reason}`;
  }
}
