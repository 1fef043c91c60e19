import { type Body, bench, NotOffered } from './promises/bench.ts';
import { consolePromises } from './promises/console.ts';
import { definePromises } from './promises/define.ts';
import { guestPromises } from './promises/guest.ts';
import { hostPromises } from './promises/host.ts';
import { lanPromises } from './promises/lan.ts';
import { powerPromises } from './promises/power.ts';
import { shapePromises } from './promises/shape.ts';
import type { ProviderFixture } from './provider-fixture.ts';

export interface ProviderPromise {
  readonly name: string;
  /** Throws an error whose sentence says how the promise was broken. */
  keep(): Promise<Kept>;
}

/** A promise about a feature that is not there cannot be broken; nor was it kept, and whoever runs it should say so. */
export type Kept = 'kept' | { readonly notOffered: string };

const promises: Readonly<Record<string, Body>> = {
  ...shapePromises,
  ...definePromises,
  ...powerPromises,
  ...consolePromises,
  ...guestPromises,
  ...lanPromises,
  ...hostPromises,
};

/** What every provider promises, one by one, for whatever runs tests. */
export const providerContract = (open: () => Promise<ProviderFixture>): readonly ProviderPromise[] =>
  Object.entries(promises).map(([name, body]) => ({ name, keep: () => keep(open, body) }));

async function keep(open: () => Promise<ProviderFixture>, body: Body): Promise<Kept> {
  await using fixture = await open();
  try {
    await body(bench(fixture));
    return 'kept';
  } catch (reason) {
    if (reason instanceof NotOffered) return { notOffered: reason.message };
    throw reason;
  }
}
