import { attributesOf } from '../../policy/index.ts';
import {
  type AtNetwork,
  type Cluster,
  LabError,
  type Principal,
  type Share,
  type Sharing,
  type Subjects,
} from '../../sdk/index.ts';
import { boundsOf } from '../bounds.ts';
import type { Lab } from '../lab.ts';
import { callerFor } from './caller.ts';

const mostShares = 64;

/** Who else has a part in what is whose. */
export const sharing = (lab: Lab): Sharing => ({
  async share({ cluster }: AtNetwork, who, access) {
    await set(lab, cluster, partOf(who, cluster.owner), access === 'none' ? undefined : access);
  },
  async offer({ cluster }: AtNetwork, user) {
    const to = partOf(user, cluster.owner);
    if (to.with === 'group') throw new LabError('INVALID_INPUT', 'A cluster is offered to one user, not to a group.');
    await set(lab, cluster, to, 'own');
  },
  async leave({ cluster, call }: AtNetwork) {
    const { user } = callerFor(call);
    if (user === cluster.owner)
      throw new LabError('CONFLICT', `Cluster "${cluster.name}" is yours. Offer it with cluster_share, or destroy it.`);
    await lab.state.share(cluster.id, { with: 'user', name: user }, undefined);
    await lab.state.durable();
  },
  take: async ({ cluster, call }: AtNetwork) => await take(lab, cluster.id, callerFor(call)),
});

function partOf(who: string, owner: string): Pick<Share, 'with' | 'name'> {
  if (who.startsWith('group:')) return { with: 'group', name: who.slice('group:'.length) };
  if (who === owner) throw new LabError('INVALID_INPUT', `"${who}" owns it already.`);
  return { with: 'user', name: who };
}

/** It goes on beside other calls: what somebody has taken over meanwhile is theirs alone to share. */
async function set(
  { state }: Lab,
  { id, owner }: Pick<Cluster, 'id' | 'owner'>,
  to: Pick<Share, 'with' | 'name'>,
  access: Share['access'] | undefined,
) {
  const has = (await state.byId('cluster', id))?.shares ?? [];
  const known = has.some((share) => share.with === to.with && share.name === to.name);
  if (access !== undefined && !known && has.length >= mostShares)
    throw new LabError('LIMIT_EXCEEDED', `A cluster is shared with at most ${mostShares} users and groups.`);
  await state.share(id, to, access, owner);
  await state.durable();
}

/** Whoever takes it must still be offered it, be allowed to have made it, and have room for it. */
async function take(lab: Lab, id: string, who: Principal): Promise<void> {
  const nodes = await lab.state.nodes(id);
  const cluster = await lab.state.byId('cluster', id);
  // From here to the hand-over nobody else gets between.
  if (!cluster) throw new LabError('CONFLICT', 'It is not there any more.');
  if (cluster.owner === who.user) return;
  refuseWithdrawn(lab, who, cluster);
  refuseStranger(lab, who, 'cluster', cluster);
  for (const node of nodes) refuseStranger(lab, who, 'vm', node);
  // The project stays, and has as much as it had.
  const bounds = boundsOf(lab.policy.limits(who), who, undefined);
  await lab.state.handOver(id, who, bounds);
  await lab.state.durable();
}

/** An offer may have been withdrawn since it was judged, because sharing goes on beside other calls. */
function refuseWithdrawn({ policy }: Lab, who: Principal, cluster: Cluster): void {
  const { effect } = policy.decide(who, 'take', 'cluster', attributesOf('cluster', cluster, who));
  if (effect === 'deny') throw new LabError('FORBIDDEN', `"${cluster.name}" is not offered to you any more.`);
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
