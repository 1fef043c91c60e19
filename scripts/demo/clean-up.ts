import { spawnSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { connect, type DemoClient, Refused } from './client.ts';
import { type Place, root } from './place.ts';

const tries = 120;
const impatience = 5;

/** Takes away whatever the demo may have made, wherever it was interrupted, and ends its lab server. */
export async function cleanUp(place: Place): Promise<void> {
  // Each further Ctrl-C ends the programs that clean up, which a terminal tells of it as well.
  for (let attempt = 1; ; attempt++)
    try {
      await takeAway(place);
      return stopServer(place);
    } catch (reason) {
      if (attempt === impatience) throw reason;
    }
}

async function takeAway(place: Place): Promise<void> {
  const client = await connect(place, (message) => /Type "([^"]+)"/.exec(message)?.[1] ?? '');
  for (let attempt = 0; !(await gone(client)); attempt++) {
    if (attempt === tries) throw new Error('A cluster is still there.');
    await pause(250);
  }
  await client.close();
}

export function stopServer({ config, env, dir }: Place): void {
  const options = { env, cwd: dir, stdio: 'ignore' } as const;
  const { status } = spawnSync(`${root}/labwarden`, ['stop', '--wait', '--config', config], options);
  if (status !== 0) throw new Error('The lab server was not stopped.');
}

async function gone(client: DemoClient): Promise<boolean> {
  const { jobs } = await client.call('job_list', { status: 'running' });
  for (const { job_id } of Array.isArray(jobs) ? jobs : []) await client.call('job_cancel', { job_id }).catch(() => {});
  const { clusters } = await client.call('cluster_list', {});
  if (!Array.isArray(clusters) || clusters.length === 0) return true;
  for (const { cluster_name } of clusters)
    await client.call('cluster_destroy', { cluster_name, remove_overlays: true }).catch((reason: unknown) => {
      if (!(reason instanceof Refused)) throw reason;
    });
  return false;
}
