import { operation, z } from 'labwarden/sdk';

export const leaseShow = operation({
  name: 'lease_show',
  summary: 'Show how long a cluster stays, what then happens to it by itself, and how often you may still extend it.',
  on: { cluster: { type: 'cluster', from: 'cluster_name', action: 'inspect' } },
  requires: ['lease'],
  effect: 'read',
  input: z.object({}),
  output: z.object({
    cluster_name: z.string(),
    stage: z.enum(['active', 'warned', 'stopped', 'trashed']),
    expires_at: z.string().nullable().describe('null when it stays until somebody destroys it.'),
    next: z.enum(['stop', 'trash', 'purge']).optional().describe('What happens by itself.'),
    next_at: z.string().optional(),
    extensions: z.int().describe('How often it was extended.'),
    extensions_left: z.int().optional().describe('How often you still may; absent where policy sets no number.'),
    longest_hours: z.number().optional().describe('How far from now you may extend it at most.'),
  }),
  async run({ cluster }) {
    const { stage, expiresAt, next, nextAt, extensions, extensionsLeft, longestH } = await cluster.lease.show();
    return {
      ...{ cluster_name: cluster.name, stage, expires_at: expiresAt ?? null, extensions },
      ...(next && { next }),
      ...(nextAt !== undefined && { next_at: nextAt }),
      ...(extensionsLeft !== undefined && { extensions_left: extensionsLeft }),
      ...(longestH !== undefined && { longest_hours: longestH }),
    };
  },
});

export const leaseExtend = operation({
  name: 'lease_extend',
  summary: 'Give a cluster more time before it is stopped and thrown away. lease_show says when that is.',
  on: { cluster: { type: 'cluster', from: 'cluster_name', action: 'extend' } },
  requires: ['lease'],
  effect: 'change',
  input: z.object({ hours: z.int().min(1).max(8760).describe('How many hours more than it has now.') }),
  output: z.object({
    cluster_name: z.string(),
    expires_at: z.string(),
    extensions_left: z.int().optional(),
  }),
  async run({ cluster }, { hours }) {
    const { expiresAt, extensionsLeft } = await cluster.lease.extend(hours);
    return {
      ...{ cluster_name: cluster.name, expires_at: expiresAt },
      ...(extensionsLeft !== undefined && { extensions_left: extensionsLeft }),
    };
  },
});
