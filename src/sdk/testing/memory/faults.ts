import type { Call } from '../../call.ts';
import { LabError } from '../../errors.ts';
import type { Provider } from '../../provider.ts';
import { isUnsupported } from '../../scopes.ts';

/** Something that goes wrong. */
export interface Fault {
  /** The feature and its verb, such as `power.start`; or `state`. */
  readonly at: string;
  /** Name of the VM, cluster or host; every one of them without it. */
  readonly of?: string;
  /** Before the world has changed, or after, when only the answer is lost. Before, when it does not say. */
  readonly when?: 'before' | 'after';
  /** `fail` throws PROVIDER_FAILED. `hang` waits to be told to stop. `freeze` never hears that. */
  readonly how: 'fail' | 'hang' | 'freeze';
}

/** The same provider, with these faults, and deaf once a call is over. */
export function faulty(faults: readonly Fault[], provider: Provider): Provider {
  const broken = <F extends object>(features: F): F =>
    mapped(features, (feature: object, name) =>
      isUnsupported(feature)
        ? feature
        : mapped(feature, (method: Method, verb) => struck(faults, `${name}.${verb}`, method)),
    );
  const { host, network, vm } = provider;
  const state = struck(faults, 'state', provider.state);
  return { ...provider, host: broken(host), network: broken(network), vm: broken(vm), state };
}

type At = { readonly call: Call } & Partial<Readonly<Record<'vm' | 'cluster' | 'host', { readonly name: string }>>>;
type Method = (at: At, ...args: never[]) => Promise<unknown>;

const mapped = <T extends object, V>(record: T, map: (value: V, key: string) => unknown): T =>
  // Each value becomes one of its own type.
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)])) as T;

function struck<A extends At, Rest extends unknown[], T>(
  faults: readonly Fault[],
  verb: string,
  method: (at: A, ...rest: Rest) => Promise<T>,
): typeof method {
  const strike = async ({ call, ...at }: At, moment: Fault['when']) => {
    call.signal.throwIfAborted();
    const name = (at.vm ?? at.cluster ?? at.host)?.name;
    const hits = ({ at: where, of = name, when = 'before' }: Fault) => where === verb && of === name && when === moment;
    await suffer(faults.find(hits), call, `${verb} of "${name}"`);
  };
  return async (at, ...rest) => {
    await strike(at, 'before');
    const result = await method(at, ...rest);
    await strike(at, 'after');
    return result;
  };
}

async function suffer(fault: Fault | undefined, { signal }: Call, what: string): Promise<void> {
  if (!fault) return;
  if (fault.how === 'fail') throw new LabError('PROVIDER_FAILED', `The ${what} fails, as it was told to.`);
  await new Promise((_, reject) => {
    if (fault.how === 'hang') signal.addEventListener('abort', () => reject(signal.reason));
  });
}
