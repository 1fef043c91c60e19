import type { Host } from 'labwarden/sdk';
import { memoryStore, type ProviderFixture, providerContract } from 'labwarden/sdk/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Placed, place, places } from '../support/crossing/places.ts';
import { quietCall } from '../support/quiet-call.ts';
import { clusterOf, vmIn } from '../support/vms.ts';

const host: Host = { id: 'main', name: 'main', provider: 'main' };

describe.each(places)('the memory provider keeps the contract %s', (where) => {
  let hypervisor: Placed;
  beforeAll(async () => {
    hypervisor = await place(where, 'memory');
  });
  afterAll(async () => await hypervisor[Symbol.asyncDispose]());

  for (const { name, keep } of providerContract(() => fixture(hypervisor)))
    test(name, async () => expect(await keep()).toBe('kept'));

  test.each([
    [{ faults: [{ at: 'define.discard', how: 'fail' }] }, 'what discard takes back was never there, and twice is once'],
    [{ faults: [{ at: 'power.cut', when: 'after', how: 'fail' }] }, 'cut stops it, twice is once, and it starts again'],
    [{ without: { lan: 'no' } }, 'what it offers, it offers whole; what it does not, it explains in one sentence'],
  ])('a promise that is broken is found: %j', async (config, name) => {
    const promise = providerContract(() => fixture(hypervisor, config)).find((each) => each.name === name);
    await expect(promise?.keep()).rejects.toThrow();
  });

  test('a promise about a feature that is not there is neither kept nor broken', async () => {
    const config = { without: { console: 'Nothing here prints.' } };
    const promise = providerContract(() => fixture(hypervisor, config)).find(({ name }) => name.includes('console'));
    expect(await promise?.keep()).toEqual({ notOffered: 'Nothing here prints.' });
  });

  test('what its state port holds is there for the next connection', async () => {
    const store = memoryStore();
    const before = await connected(hypervisor, { store });
    const at = { vm: vmIn('/lab', 'vm-1'), call: quietCall };
    await offered(before.vm.define).create(at);
    await offered(before.vm.power).start(at);
    await before.close();
    const after = await connected(hypervisor, { store });
    expect(await after.state(at)).toBe('running');
    await after.close();
  });
});

async function fixture(hypervisor: Placed, config: object = {}): Promise<ProviderFixture> {
  const store = memoryStore();
  const provider = await connected(hypervisor, { store, config });
  return {
    ...{ provider, host, cluster: clusterOf('trio'), guestMs: 1_000 },
    nodes: [vmIn('/lab', 'vm-1'), vmIn('/lab', 'vm-2'), vmIn('/lab', 'vm-3')],
    hasFile: async (path) => (await store.get(`disk/${path}`)) !== undefined,
    [Symbol.asyncDispose]: () => provider.close(),
  };
}

async function connected({ plugin }: Placed, { store = memoryStore(), config = {} }) {
  if (plugin.kind !== 'provider') throw new Error('not a provider');
  return await plugin.connect({ faults: [], without: {}, ...config }, { state: store }, quietCall);
}

function offered<F extends object>(feature: F | { readonly unsupported: string } | undefined): F {
  if (!feature || 'unsupported' in feature) throw new Error('not offered');
  return feature;
}
