import { attributesOf } from '../../policy/index.ts';
import { type AtNetwork, LabError, type Principal, type Share, type Sharing, type Subjects } from '../../sdk/index.ts';
import { boundsOf } from '../bounds.ts';
import type { Lab } from '../lab.ts';
import { callerFor } from './caller.ts';

const mostShares = 64;

/** Who else has a part in what is whose. */
export const sharing = (lab: Lab): Sharing => ({
  async share({ cluster }: AtNetwork, who, access) {
    await set(lab, cluster.id, partOf(who, cluster.owner), access === 'none' ? undefined : access);
  },
  async offer({ cluster }: AtNetwork, user) {
    const to = partOf(user, cluster.owner);
    if (to.with === 'group') throw new LabError('INVALID_INPUT', 'A cluster is offered to one user, not to a group.');
    await set(lab, cluster.id, to, 'own');
  },
  async leave({ cluster, call }: AtNetwork) {
    await lab.state.share(cluster.id, { with: 'user', name: callerFor(call).user }, undefined);
    await lab.state.durable();
  },
  take: async ({ cluster, call }: AtNetwork) => await take(lab, cluster.id, callerFor(call)),
});

function partOf(who: string, owner: string): Pick<Share, 'with' | 'name'> {
  if (who.startsWith('group:')) return { with: 'group', name: who.slice('group:'.length) };
  if (who === owner) throw new LabError('INVALID_INPUT', `"${who}" owns it already.`);
  return { with: 'user', name: who };
}

async function set({ state }: Lab, id: string, to: Pick<Share, 'with' | 'name'>, access: Share['access'] | undefined) {
  const has = (await state.byId('cluster', id))?.shares ?? [];
  const known = has.some((share) => share.with === to.with && share.name === to.name);
  if (access !== undefined && !known && has.length >= mostShares)
    throw new LabError('LIMIT_EXCEEDED', `A cluster is shared with at most ${mostShares} users and groups.`);
  await state.share(id, to, access);
  await state.durable();
}

/** Whoever takes it must be allowed to have made it, and have room for it. */
async function take(lab: Lab, id: string, who: Principal): Promise<void> {
  const cluster = await lab.state.byId('cluster', id);
  if (!cluster) throw new LabError('CONFLICT', 'It is not there any more.');
  if (cluster.owner === who.user) return;
  refuseStranger(lab, who, 'cluster', cluster);
  for (const node of await lab.state.nodes(id)) refuseStranger(lab, who, 'vm', node);
  // The project stays, and has as much as it had.
  const bounds = boundsOf(lab.policy.limits(who), who, undefined);
  await lab.state.handOver(id, who, bounds);
  await lab.state.durable();
}

function refuseStranger<T extends 'cluster' | 'vm'>(
  { policy }: Lab,
  who: Principal,
  type: T,
  facts: Subjects[T],
): void {
  const own = { ...facts, owner: who.user, shares: [] };
  const { effect, reason } = policy.decide(who, 'create', type, attributesOf(type, own, who));
  if (effect === 'allow') return;
  const why = reason ?? 'No rule of yours allows it.';
  throw new LabError('FORBIDDEN', `Policy lets you have no ${type} like "${facts.name}": ${why}`);
}
