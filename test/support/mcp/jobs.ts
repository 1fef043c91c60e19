import type { McpClient } from './clients.ts';

/** The job of this tool that runs, as soon as there is one. */
export async function runningJob(client: McpClient, tool: string): Promise<string> {
  for (;;) {
    const { structuredContent } = await client.call('job_list', { status: 'running' });
    const jobs = Object(structuredContent).jobs as readonly { readonly job_id: string; readonly tool: string }[];
    const found = jobs.find((job) => job.tool === tool);
    if (found) return found.job_id;
  }
}

/** The job once it has ended. */
export async function endedJob(client: McpClient, job_id: unknown): Promise<unknown> {
  for (;;) {
    const { structuredContent } = await client.call('job_get', { job_id, wait_s: 40 });
    if (structuredContent?.['status'] !== 'running') return structuredContent;
  }
}
