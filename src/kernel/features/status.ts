import type { AtLab, LabStatus, Principal, Status } from '../../sdk/index.ts';
import { ruleName, scopesOf } from '../bounds.ts';
import type { Lab } from '../lab.ts';
import { nextStep } from '../lease-steps.ts';
import { sees } from '../naming.ts';
import { callerFor } from './caller.ts';

/** What a caller may know of themselves and of the lab's health. Of other people nothing but sums that bind this one too. */
export const status = (lab: Lab): Status => ({
  async show({ call }: AtLab) {
    const who = callerFor(call);
    const { audit, state, policy } = lab;
    return {
      ...{ user: who.user, groups: who.groups, roles: policy.roles(who) },
      ...{ limits: await limitsOf(lab, who), leases: await leasesOf(lab, who), providers: providersOf(lab, who) },
      audit: audit.health === 'ok' ? 'ok' : audit.health.poisoned,
      state: state.health === 'ok' ? 'ok' : state.health.failed,
      policyHash: policy.hash,
    };
  },
});

/** Those of one project are about things in it: the projects in which the caller has something. */
async function limitsOf({ policy, state }: Lab, who: Principal): Promise<LabStatus['limits']> {
  const own = (await state.all('cluster')).filter(({ owner }) => owner === who.user);
  const projects = [...new Set(own.map(({ project }) => project))];
  const bounds = policy.limits(who).flatMap((limit) => {
    const scopes =
      limit.per === 'project'
        ? projects.flatMap((project) => scopesOf(limit, who, project))
        : scopesOf(limit, who, undefined);
    return scopes.flatMap((scope) =>
      Object.entries(limit.most).map(([kind, most]) => ({ rule: ruleName(limit), ...scope, kind, most })),
    );
  });
  return await Promise.all(bounds.map(async (bound) => ({ ...bound, have: await state.used(bound, bound.kind) })));
}

async function leasesOf({ state, limits }: Lab, who: Principal): Promise<LabStatus['leases']> {
  const leases = (await state.tenures()).map(async (tenure) => {
    const cluster = await state.byId('cluster', tenure.clusterId);
    if (cluster?.owner !== who.user) return [];
    const next = nextStep(tenure, { isProtected: cluster.protected, trashMs: limits.trashMs });
    return [
      {
        cluster: cluster.name,
        stage: tenure.trashedAt === undefined ? (tenure.stage ?? 'active') : ('trashed' as const),
        ...(next && { next: next.step, nextAt: new Date(next.atMs).toISOString() }),
      },
    ];
  });
  return (await Promise.all(leases)).flat();
}

const providersOf = (lab: Lab, who: Principal): LabStatus['providers'] => {
  const seen = new Set(
    lab
      .hosts()
      .filter((host) => sees(lab, who, 'host', host))
      .map(({ provider }) => provider),
  );
  return lab.providers
    .status()
    .filter(({ name }) => seen.has(name))
    .map(({ name, status, reason }) => ({ name, status, ...(reason !== undefined && { reason }) }));
};
