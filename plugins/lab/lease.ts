import { operation, z } from 'labwarden/sdk';

export const leaseExtend = operation({
  name: 'lease_extend',
  summary: 'Give a cluster more time before it is stopped and thrown away. lab_status shows when that is.',
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
