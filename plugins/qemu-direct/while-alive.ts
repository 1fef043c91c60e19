import type { Call } from 'labwarden/sdk';

type Verb = (at: { readonly call: Call }, ...rest: never[]) => Promise<unknown>;

/** The same feature, of which a call that is over can do nothing any more. */
export const whileAlive = <F extends object>(feature: F): F =>
  Object.fromEntries(
    Object.entries(feature).map(([name, verb]: [string, Verb]) => [
      name,
      async (at: Parameters<Verb>[0], ...rest: never[]) => {
        at.call.signal.throwIfAborted();
        return await verb.call(feature, at, ...rest);
      },
    ]),
  ) as F;
