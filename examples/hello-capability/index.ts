import { defineCapability, operation, z } from 'labwarden/sdk';

const node = z.object({
  name: z.string(),
  role: z.string().describe('Empty when its topology names none.'),
  address: z.string().describe("On the cluster's own network, with the prefix: 10.77.0.11/24."),
});

/** One operation is one MCP tool. This one only looks, so it needs no feature of a provider and no port. */
const clusterAddresses = operation({
  name: 'cluster_addresses',
  summary: 'List the addresses of a cluster, node by node.',
  on: { cluster: { type: 'cluster', from: 'cluster_name', action: 'inspect', nodes: 'nodes' } },
  effect: 'read',
  input: z.object({
    nodes: z.array(z.string().min(1).max(64)).min(1).max(64).optional().describe('Node names; all without it.'),
  }),
  output: z.object({ subnet: z.string(), nodes: z.array(node) }),
  run: async ({ cluster }) => ({
    subnet: cluster.network.subnet,
    nodes: cluster.nodes.map(({ name, role = '', spec }) => ({
      name,
      role,
      address: spec.nics.find(({ on }) => on === 'cluster')?.address ?? '',
    })),
  }),
});

export const plugin = defineCapability({ id: 'hello-capability', operations: [clusterAddresses] });
