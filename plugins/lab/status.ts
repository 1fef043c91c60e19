import { LabError, operation, z } from 'labwarden/sdk';

export const labStatus = operation({
  name: 'lab_status',
  summary: 'Show who you are here, what you have of what you may have, your leases, and how the lab is.',
  on: { lab: { type: 'lab', every: true, action: 'inspect' } },
  requires: ['status'],
  effect: 'read',
  input: z.object({}),
  output: z.object({
    user: z.string(),
    groups: z.array(z.string()),
    roles: z.array(z.string()),
    limits: z.array(
      z.object({
        rule: z.string(),
        per: z.enum(['person', 'group', 'project']),
        of: z.string(),
        kind: z.string(),
        have: z.number(),
        most: z.number(),
      }),
    ),
    leases: z.array(
      z.object({
        cluster_name: z.string(),
        stage: z.enum(['active', 'warned', 'stopped', 'trashed']),
        next: z.enum(['stop', 'trash', 'purge']).optional().describe('What happens by itself.'),
        next_at: z.string().optional(),
      }),
    ),
    providers: z.array(z.object({ name: z.string(), status: z.string(), reason: z.string().optional() })),
    audit: z.string(),
    state: z.string(),
    policy: z.string(),
  }),
  async run({ lab: [lab] }) {
    if (!lab) throw new LabError('NOT_FOUND', 'Policy shows you nothing of this lab.');
    const { user, groups, roles, limits, leases, providers, audit, state, policyHash } = await lab.status.show();
    return {
      ...{ user, groups: [...groups], roles: [...roles], limits: [...limits], providers: [...providers] },
      leases: leases.map(({ cluster, stage, next, nextAt }) => ({
        ...{ cluster_name: cluster, stage },
        ...(next && { next }),
        ...(nextAt !== undefined && { next_at: nextAt }),
      })),
      ...{ audit, state, policy: policyHash },
    };
  },
});
