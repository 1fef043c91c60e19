import { capabilityContract, memoryStore, type ProviderFixture, providerContract } from 'labwarden/sdk/testing';
import { describe, expect, test } from 'vitest';
import { plugin as capability } from '../../examples/hello-capability/index.ts';
import { plugin as provider } from '../../examples/hello-provider/index.ts';
import { ownFolder } from '../support/folder.ts';
import { labFiles, openLab, places } from '../support/lab.ts';
import { quietCall } from '../support/quiet-call.ts';
import { clusterOf, vmIn } from '../support/vms.ts';

describe('hello-capability keeps the contract', () => {
  for (const { name, keep } of capabilityContract(capability)) test(name, keep);
});

const policy = {
  version: 1,
  roles: { own: { allow: [{ id: 'own', actions: ['*'], on: ['cluster', 'vm'], where: { owner: '$me' } }] } },
  bindings: [{ role: 'own', users: ['*'] }],
};

test.each(places)('hello-capability is a tool of a real lab %s, and sees no more than its caller', async (place) => {
  await using own = await ownFolder();
  const files = await labFiles(own.path, { place, plugins: ['examples/hello-capability'], policies: [policy] });
  await using lab = await openLab(files);
  await lab.ask('cluster_define', { topology_name: 'red' });
  const a = { name: 'a', role: 'member', address: '10.9.0.11/24' };
  const b = { name: 'b', role: 'member', address: '10.9.0.12/24' };
  expect(await lab.ask('cluster_addresses', { cluster_name: 'red' })).toEqual({
    ok: true,
    data: { subnet: '10.9.0.0/24', nodes: [a, b] },
  });
  expect(await lab.ask('cluster_addresses', { cluster_name: 'red', nodes: ['b'] })).toMatchObject({
    ok: true,
    data: { nodes: [b] },
  });
  const principal = { user: 'eve', groups: [], via: 'stdio' } as const;
  expect(await lab.ask('cluster_addresses', { cluster_name: 'red' }, { principal })).toMatchObject({
    ok: false,
    error: { code: 'NOT_FOUND' },
  });
});

describe('hello-provider keeps the contract, as far as it offers features', () => {
  const missing = ['Nothing on the shelf of ana prints.', 'It has no guest.', 'It has no capacity.'];
  for (const { name, keep } of providerContract(shelf))
    test(name, async () => {
      const kept = await keep();
      if (kept !== 'kept') expect(missing).toContain(kept.notOffered);
    });
});

async function shelf(): Promise<ProviderFixture> {
  const store = memoryStore();
  const connected = await provider.connect({ owner: 'ana' }, { state: store }, quietCall);
  return {
    provider: connected,
    ...{ host: { id: 'main', name: 'main', provider: 'main' }, cluster: clusterOf('duo'), guestMs: 1_000 },
    nodes: [vmIn('/lab', 'vm-1'), vmIn('/lab', 'vm-2')],
    hasFile: async (path) => (await store.get(`disk/${path}`)) !== undefined,
    [Symbol.asyncDispose]: () => connected.close(),
  };
}
