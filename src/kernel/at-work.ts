import { AsyncLocalStorage } from 'node:async_hooks';
import { isUnsupported, type Provider, verbs } from '../sdk/index.ts';
import type { Table } from './tie.ts';

const calls = new AsyncLocalStorage<string>();

/** The id of the call for which a provider is at work just now. Nothing comes out of a process of its own. */
export const callAtWork = (): string | undefined => calls.getStore();

/** The same provider, whose every verb works in the name of the call it is given. */
export const inNameOfCalls = (provider: Provider): Provider => ({
  ...provider,
  ...{ host: named(provider.host, verbs.host), network: named(provider.network, verbs.network) },
  vm: named(provider.vm, verbs.vm),
  state: (at) => calls.run(at.call.id, () => provider.state(at)),
});

const named = <O extends object>(offers: O, tables: Readonly<Record<string, Table>>): O =>
  // Feature by feature and verb by verb what it was.
  Object.fromEntries(
    Object.entries(offers).map(([name, feature]: [string, object | undefined]) => {
      const table = tables[name];
      return [name, feature && table && !isUnsupported(feature) ? verbsOf(feature, table) : feature];
    }),
  ) as O;

const verbsOf = (feature: object, table: Table): object =>
  Object.fromEntries(
    Object.keys(table).map((verb) => [
      verb,
      (at: { readonly call: { readonly id: string } }, ...rest: unknown[]) =>
        calls.run(at.call.id, () => Reflect.apply(Reflect.get(feature, verb), feature, [at, ...rest])),
    ]),
  );
