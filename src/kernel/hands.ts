import type {
  AnyOperation,
  AtHost,
  AtJob,
  AtLab,
  AtNetwork,
  AtVm,
  Effect,
  FeatureName,
  Provider,
  Scope,
} from '../sdk/index.ts';
import { isUnsupported, LabError, verbs } from '../sdk/index.ts';
import { type Table, tie } from './tie.ts';

type Wanted = Pick<AnyOperation, 'requires' | 'uses'>;
type Offers = Readonly<Record<string, object | undefined>>;
type Offering = Pick<Provider, 'host' | 'network' | 'vm'>;
type At = AtHost | AtNetwork | AtVm | AtJob | AtLab;

const provided = ['host', 'network', 'vm'] as const;

/** Throws UNSUPPORTED, with the provider's own reason, when it lacks something that is required of this scope. */
export function offered(provider: Provider, scope: Scope, { requires }: Wanted): void {
  for (const [name] of named(scope, requires)) {
    const feature = of(provider, scope)[name];
    if (!feature) throw new LabError('UNSUPPORTED', `This provider has no ${name}.`);
    if (isUnsupported(feature)) throw new LabError('UNSUPPORTED', feature.unsupported);
  }
}

/** The features of one scope that an operation named and this provider has, tied to one target, as far as an effect reaches. */
export const hands = (provider: Offering, scope: Scope, wanted: Wanted, effect: Effect, at: At): object =>
  tied(scope, wanted, effect, at, of(provider, scope));

export function tied(scope: Scope, { requires, uses }: Wanted, effect: Effect, at: At, offers: Offers): object {
  const held = named(scope, [...requires, ...uses]).flatMap(([name, table]) => {
    const feature = offers[name];
    if (!feature || isUnsupported(feature)) return [];
    return [[name, tie(feature, table, effect, at.call.signal, at)]];
  });
  return Object.fromEntries(held);
}

const named = (scope: Scope, names: readonly FeatureName[]): [string, Table][] =>
  Object.entries(verbs[scope]).filter(([name]) => names.some((wanted) => wanted === name));

/** Whether all that an operation asked for is the kernel's own. */
export const isKeptHere = ({ requires, uses }: Wanted): boolean =>
  requires.length + uses.length > 0 && provided.every((scope) => named(scope, [...requires, ...uses]).length === 0);

// What the kernel keeps no provider offers.
const of = (provider: Offering, scope: Scope): Offers => {
  const own = provided.find((one) => one === scope);
  return own ? (provider[own] as Offers) : {};
};
