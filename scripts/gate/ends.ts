import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Agent } from './agent.ts';
import type { GatePlace } from './place.ts';
import { done, labwarden } from './terminal.ts';

interface Shown {
  readonly cluster_name: string;
  readonly lease?: string;
  readonly purge_at?: string;
}

/** Looks until the cluster is gone, and says what became of it on the way. */
export async function watchLease(eve: Agent, began: number): Promise<readonly string[]> {
  const stages = new Map<string, string>();
  for (;;) {
    const { clusters } = (await eve.call('cluster_list', {})) as { readonly clusters: readonly Shown[] };
    const brief = clusters.find(({ cluster_name }) => cluster_name === 'brief');
    const stage = !brief
      ? 'purged'
      : brief.purge_at !== undefined
        ? 'in the trash'
        : (brief.lease ?? 'without a lease');
    const after = `${((performance.now() - began) / 1000).toFixed(0)} s`;
    if (!stages.has(stage)) stages.set(stage, after);
    if (!brief) return [...stages].map(([what, when]) => `${what.padEnd(13)} after ${when}`);
    await pause(250);
  }
}

/** What the log says of the calls that nobody made. */
export const leaseRecords = (place: GatePlace): readonly string[] =>
  done(place, 'audit', 'query', '--user', 'system:lease', '--kind', 'outcome').split('\n').slice(0, 8);

/** One bit of a copy of the log is turned, and the log says which record it was. */
export function flipBit(place: GatePlace): readonly string[] {
  const copy = join(place.dir, 'copy-of-audit');
  cpSync(place.audit, copy, { recursive: true });
  const file = join(copy, readdirSync(copy).find((name) => name.endsWith('.jsonl')) ?? '');
  const bytes = readFileSync(file);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(file, bytes);
  const whole = done(place, 'audit', 'verify');
  const flipped = labwarden(place, 'audit', 'verify', '--dir', copy);
  if (flipped.status !== 1) throw new Error(`The flipped bit was not found: ${flipped.said}`);
  return [whole.split('\n')[0] ?? '', ...flipped.said.split('\n').slice(0, 2)];
}
