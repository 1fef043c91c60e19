import { defineCapability, type Job, LabError, operation, z } from 'labwarden/sdk';

const job = z.object({
  job_id: z.string(),
  tool: z.string(),
  owner: z.string(),
  status: z.enum(['running', 'done', 'failed', 'unknown']),
  started_at: z.string(),
  ended_at: z.string().optional(),
  progress: z.string().optional().describe('What it said last.'),
});

const whole = job.extend({
  result: z.record(z.string(), z.unknown()).optional().describe('What the call would have answered.'),
  error: z
    .object({ code: z.string(), message: z.string(), details: z.record(z.string(), z.unknown()) })
    .optional()
    .describe('Why it failed.'),
});

const shown = ({ id, tool, owner, status, startedAt, endedAt, progress }: Job) => ({
  ...{ job_id: id, tool, owner, status, started_at: startedAt },
  ...(endedAt !== undefined && { ended_at: endedAt }),
  ...(progress && { progress: progress.message }),
});

const longestWaitS = 40;

export const plugin = defineCapability({
  id: 'jobs',
  operations: [
    operation({
      name: 'job_list',
      summary: 'List jobs (calls that change something), newest first.',
      on: { jobs: { type: 'job', every: true, action: 'inspect' } },
      effect: 'read',
      input: z.object({
        status: z.enum(['running', 'done', 'failed', 'unknown']).optional().describe('Only jobs of this status.'),
        limit: z.int().min(1).max(200).default(20).describe('At most this many.'),
      }),
      output: z.object({ jobs: z.array(job) }),
      run: async ({ jobs }, { status, limit }) => ({
        jobs: jobs
          .filter((one) => status === undefined || one.status === status)
          .slice(0, limit)
          .map(shown),
      }),
    }),
    operation({
      name: 'job_get',
      summary: 'Show one job, and its result once it has ended. Can wait for the end.',
      on: { job: { type: 'job', from: 'job_id', action: 'inspect' } },
      requires: ['control'],
      effect: 'read',
      input: z.object({
        wait_s: z.int().min(0).max(longestWaitS).default(0).describe('Seconds to wait for it to end.'),
      }),
      output: whole,
      async run({ job }, { wait_s }) {
        const now = await job.control.wait(wait_s * 1000);
        return {
          ...shown(now),
          ...(now.result && { result: { ...now.result } }),
          ...(now.error && { error: { ...now.error, details: { ...now.error.details } } }),
        };
      },
    }),
    operation({
      name: 'job_cancel',
      summary: 'Tell a running job to stop. It may tidy up first; job_get shows how it ended.',
      on: { job: { type: 'job', from: 'job_id', action: 'cancel' } },
      requires: ['control'],
      effect: 'change',
      idempotent: true,
      input: z.object({}),
      output: job,
      async run({ job }) {
        if (job.status !== 'running') throw new LabError('CONFLICT', `Job ${job.id} has ended already: ${job.status}.`);
        await job.control.cancel();
        return shown(await job.control.wait(10_000));
      },
      recover: async () => 'finished',
    }),
  ],
});
