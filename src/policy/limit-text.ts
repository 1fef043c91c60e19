import { z } from '../sdk/index.ts';

/** What can be counted, and be a limit's most. */
export const kinds = ['vms', 'vcpus', 'memory_mb', 'disk_gb', 'snapshots', 'artifacts', 'running_jobs'] as const;

const count = z.int('a whole number').min(0, '0 or more').max(1_000_000_000, 'at most 1000000000');
const hours = z.number().gt(0, 'more than 0 hours').max(87_600, 'at most 87600 hours, ten years');
const some = (what: string) => count.optional().describe(what);
const name = z.string().regex(/^[^*$][^*]{0,127}$/, 'one name');

const lease = z.strictObject({
  default_h: hours.describe('Hours that a cluster has when it is defined.'),
  longest_h: hours.optional().describe('No extension reaches further than so many hours from now.'),
  extensions: some('How often it may be extended.'),
  grace_h: hours.default(24).describe('Hours from its end, when it is stopped, until it goes into the trash.'),
});

/** A limit as policy files write it. */
export const limitText = (id: z.ZodString) =>
  z.strictObject({
    id: id.optional(),
    per: z
      .enum(['person', 'group', 'project'])
      .describe('What is counted together: each person’s, each of their groups’, or each project’s.'),
    group: name.optional().describe('With per: group. Only this one, not each of them.'),
    project: name.optional().describe('With per: project. Only this one, not each of them.'),
    vms: some('VMs, running or not.'),
    vcpus: some('vCPUs of all VMs, running or not.'),
    memory_mb: some('Memory of all VMs, running or not.'),
    disk_gb: some('Disks at their full size, those that were kept too.'),
    snapshots: some('Snapshots of clusters.'),
    artifacts: some('Registered artifacts.'),
    running_jobs: some('Changes that run at the same time.'),
    calls_per_minute: count.min(1, '1 or more').optional().describe('Calls of any kind. With per: person or group.'),
    lease: lease.optional().describe('How long clusters stay.'),
  });

export type LimitText = z.output<ReturnType<typeof limitText>>;
