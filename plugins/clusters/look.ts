import { type Cluster, operation, z } from 'labwarden/sdk';
import { clusterStatus } from './fields.ts';
import { nodeStatuses } from './status.ts';

const ends = z.object({
  expires_at: z.string().optional().describe('When its lease ends.'),
  lease: z
    .enum(['active', 'warned', 'stopped'])
    .optional()
    .describe('`warned`: it ends soon. `stopped`: it has ended.'),
  purge_at: z.string().optional().describe('It lies in the trash; then it is gone for good.'),
});

const endsOf = ({ expiresAt, leaseStage, purgeAt }: Pick<Cluster, 'expiresAt' | 'leaseStage' | 'purgeAt'>) => ({
  ...(expiresAt !== undefined && { expires_at: expiresAt }),
  ...(leaseStage !== undefined && { lease: leaseStage }),
  ...(purgeAt !== undefined && { purge_at: purgeAt }),
});

export const clusterStatusOf = operation({
  name: 'cluster_status',
  summary: "Show a cluster's network and nodes, and which of them answer SSH.",
  on: { cluster: { type: 'cluster', from: 'cluster_name', action: 'inspect' } },
  requires: ['lan', 'guest'],
  effect: 'read',
  input: z.object({}),
  output: clusterStatus.extend(ends.shape),
  async run({ cluster }) {
    const [network_active, nodes] = await Promise.all([cluster.lan.active(), nodeStatuses(cluster.nodes)]);
    return { cluster_name: cluster.name, network_active, nodes, ...endsOf(cluster) };
  },
});

export const clusterList = operation({
  name: 'cluster_list',
  summary: 'List the clusters you may see.',
  on: { clusters: { type: 'cluster', every: true, action: 'inspect' } },
  effect: 'read',
  input: z.object({}),
  output: z.object({
    clusters: z.array(
      z.object({
        cluster_name: z.string(),
        owner: z.string(),
        project: z.string(),
        topology: z.string(),
        provider: z.string(),
        nodes: z.int(),
        running: z.int().describe('How many of them run; those of a provider that is down are not counted.'),
        ...ends.shape,
      }),
    ),
  }),
  run: async ({ clusters }) => ({
    clusters: clusters.map(({ name, owner, project, topology, provider, nodes, ...cluster }) => ({
      ...{ cluster_name: name, owner, project, topology, provider, nodes: nodes.length },
      running: nodes.filter(({ state }) => state === 'running').length,
      ...endsOf(cluster),
    })),
  }),
});
