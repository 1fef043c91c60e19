import { type AtNetwork, LabError, type Lease } from '../../sdk/index.ts';
import type { Lab } from '../lab.ts';
import { nextStep } from '../lease-steps.ts';
import { leaseFor, type Terms } from '../lease-terms.ts';
import { callerFor } from './caller.ts';

const hourMs = 3_600_000;

/** What is extended counts from its end; what has ended, from now. */
export const lease = ({ state, policy, now, limits }: Lab): Lease => ({
  async show({ cluster, call }) {
    const tenure = await state.tenure(cluster.id);
    if (!tenure) return { stage: 'active', extensions: 0 };
    const { expiresAt, extensions, stage = 'active', trashedAt } = tenure;
    const next = nextStep(tenure, { isProtected: cluster.protected, trashMs: limits.trashMs });
    const { extensions: most, longestH } = leaseFor(policy, callerFor(call), cluster.project) ?? {};
    return {
      ...{ stage: trashedAt === undefined ? stage : 'trashed', extensions },
      ...(expiresAt !== undefined && { expiresAt }),
      ...(next && { next: next.step, nextAt: new Date(next.atMs).toISOString() }),
      ...(most !== undefined && { extensionsLeft: Math.max(0, most - extensions) }),
      ...(longestH !== undefined && { longestH }),
    };
  },
  async extend({ cluster, call }: AtNetwork, hours) {
    const tenure = await state.tenure(cluster.id);
    if (tenure?.expiresAt === undefined)
      throw new LabError('CONFLICT', `Cluster "${cluster.name}" has no lease: it stays until it is destroyed.`);
    const terms = leaseFor(policy, callerFor(call), cluster.project);
    const at = now();
    const until = Math.max(at.getTime(), Date.parse(tenure.expiresAt)) + hours * hourMs;
    const extensionsLeft = left(terms, tenure.extensions);
    refuseLonger(terms, (until - at.getTime()) / hourMs, hours);
    const expiresAt = new Date(until).toISOString();
    await state.setTenure(cluster.id, {
      ...{ expiresAt, stage: 'active', stageAt: at.toISOString(), extensions: tenure.extensions + 1 },
    });
    await state.durable();
    return { expiresAt, ...(extensionsLeft !== undefined && { extensionsLeft }) };
  },
});

/** How often it may be extended after this time. */
function left(terms: Terms | undefined, done: number): number | undefined {
  const most = terms?.extensions;
  if (most === undefined) return undefined;
  if (done < most) return most - done - 1;
  throw new LabError(
    'LIMIT_EXCEEDED',
    `It was extended ${done} times, and ${most} are allowed (${terms?.rules}). Save what you need; an admin can extend it.`,
    { details: { kind: 'extensions', have: done, want: 1, most, rule: terms?.rules } },
  );
}

function refuseLonger(terms: Terms | undefined, reaches: number, hours: number): void {
  const most = terms?.longestH;
  if (most === undefined || reaches <= most) return;
  const possible = Math.floor(most - (reaches - hours));
  const instead = possible > 0 ? `At most ${possible} more hours are possible now.` : 'Ask again later.';
  throw new LabError(
    'LIMIT_EXCEEDED',
    `It would stay for ${Math.ceil(reaches)} hours from now, and ${most} are allowed (${terms?.rules}). ${instead}`,
    {
      details: { kind: 'lease_h', want: Math.ceil(reaches), most, possible: Math.max(0, possible), rule: terms?.rules },
    },
  );
}
