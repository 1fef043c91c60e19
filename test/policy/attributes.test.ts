import { expect, test } from 'vitest';
import { attributesOf, attributeTypes } from '../../src/policy/index.ts';
import type { Cluster, Job, Vm } from '../../src/sdk/index.ts';
import { everybody, person, policy } from './support.ts';

const owned = { id: 'x', name: 'web', owner: 'ana', project: 'shop', protected: true, generation: 3 };
const vm: Vm = {
  ...{ ...owned, tags: ['ci', 'ci', '__proto__'], kind: 'container', provider: 'main', managed: true },
  ...{ vcpus: 2, memoryMb: 1024, diskGb: 10, ref: 'r' },
  spec: {
    image: { path: '/i', format: 'qcow2' },
    disk: { path: '/d' },
    ...{ extraDisks: [], nics: [], seedPath: '/s' },
    login: { user: 'root', keyPath: '/k', connectTimeoutMs: 1 },
  },
};
const cluster: Cluster = {
  ...{
    ...owned,
    tags: [],
    provider: 'main',
    topology: 'three',
    topologyDigest: 'd',
    expiresAt: '2030-01-01T00:00:00Z',
  },
  network: { name: 'n', bridge: 'b', subnet: '10.77.0.0/24' },
};
const job: Job = {
  ...{ id: 'j', name: 'j', owner: 'ana', project: 'shop', tool: 'vm_start', status: 'running' },
  startedAt: '2030-01-01T00:00:00Z',
};

test('a machine that stands alone and is not leased has every attribute all the same', () => {
  expect(attributesOf('vm', vm, person('eve'))).toEqual({
    ...{ name: 'web', owner: 'ana', project: 'shop', provider: 'main', cluster: '', role: '', kind: 'container' },
    ...{
      managed: true,
      protected: true,
      vcpus: 2,
      memory_mb: 1024,
      disk_gb: 10,
      leased: false,
      trashed: false,
      shared: 'none',
    },
    ...{ 'tag:ci': true, 'tag:__proto__': true },
  });
});

test('a node knows its cluster and its role, and a lease shows', () => {
  const node = attributesOf('vm', { ...vm, cluster: 'web', role: 'server' }, person('eve'));
  expect([node['cluster'], node['role']]).toEqual(['web', 'server']);
  expect(attributesOf('cluster', cluster, person('eve'))).toEqual({
    ...{
      name: 'web',
      owner: 'ana',
      project: 'shop',
      provider: 'main',
      topology: 'three',
      protected: true,
      ...{ leased: true, trashed: false, shared: 'none' },
    },
  });
});

test('every type has exactly the attributes of the table, and no prototype', () => {
  const all = [
    ['vm', attributesOf('vm', { ...vm, tags: [] }, person('eve'))],
    ['cluster', attributesOf('cluster', cluster, person('eve'))],
    ['job', attributesOf('job', job, person('eve'))],
    ['host', attributesOf('host', { id: 'main', name: 'main', provider: 'main' }, person('eve'))],
    ['lab', attributesOf('lab', { id: 'lab', name: 'lab' }, person('eve'))],
  ] as const;
  for (const [type, given] of all) {
    const declared = Object.entries(attributeTypes[type]).filter(([name]) => name !== 'tag:*');
    expect(
      Object.entries(given)
        .map(([name, value]) => [name, typeof value])
        .sort(),
    ).toEqual(declared.sort());
    expect(Object.getPrototypeOf(given)).toBeNull();
  }
});

test('what the kernel makes of its facts is what a policy can judge', () => {
  const all = policy(everybody('allow: [{ actions: [inspect], on: [vm, cluster, job, host] }]'));
  const effects = [
    all.decide(person('eve'), 'inspect', 'vm', attributesOf('vm', vm, person('eve'))),
    all.decide(person('eve'), 'inspect', 'cluster', attributesOf('cluster', cluster, person('eve'))),
    all.decide(person('eve'), 'inspect', 'job', attributesOf('job', job, person('eve'))),
    all.decide(
      person('eve'),
      'inspect',
      'host',
      attributesOf('host', { id: 'main', name: 'main', provider: 'main' }, person('eve')),
    ),
  ].map(({ effect }) => effect);
  expect(effects).toEqual(['allow', 'allow', 'allow', 'allow']);
});
