import { Refused } from '../demo/client.ts';
import { type Agent, agentOf, yes } from './agent.ts';
import type { GatePlace } from './place.ts';
import { done } from './terminal.ts';

/** Ends whatever the demonstration may have left, wherever it was interrupted: ana may take everything away. */
export async function takeAway(place: GatePlace): Promise<void> {
  done(place, 'tools'); // a server is there
  {
    await using ana = agentOf(place, 'ana', 'desk');
    const { jobs } = (await ana.call('job_list', { status: 'running' })) as { jobs: readonly { job_id: string }[] };
    for (const { job_id } of jobs) {
      await ana.call('job_cancel', { job_id }).catch(() => {});
      await ana.call('job_get', { job_id, wait_s: 40 }).catch(() => {});
    }
    const { clusters } = (await ana.call('cluster_list', {})) as { clusters: readonly Owned[] };
    for (const cluster of clusters) await destroy(ana, cluster);
  }
  done(place, 'stop', '--wait');
}

interface Owned {
  readonly owner: string;
  readonly cluster_name: string;
}

async function destroy(ana: Agent, { owner, cluster_name }: Owned): Promise<void> {
  const args = { cluster_name: `${owner}:${cluster_name}`, remove_overlays: true };
  const { message, requestState } = await ana.asked('cluster_destroy', args);
  const name = /Type "([^"]+)"/.exec(message)?.[1] ?? '';
  await ana.call('cluster_destroy', args, yes(name, requestState)).catch((reason: unknown) => {
    if (!(reason instanceof Refused && reason.code === 'NOT_FOUND')) throw reason;
  });
}
