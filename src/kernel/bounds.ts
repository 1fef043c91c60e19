import type { Limit } from '../policy/index.ts';
import type { Principal } from '../sdk/index.ts';
import type { Bound, Scope } from '../state/index.ts';
import type { SubjectMap } from './call/steps.ts';
import type { Lab } from './lab.ts';

/** What a policy's limits mean for a thing that this person has, or makes, in a project. */
export const boundsOf = (limits: readonly Limit[], who: Principal, project: string | undefined): readonly Bound[] =>
  limits.flatMap((limit) =>
    scopesOf(limit, who, project).flatMap((scope) =>
      Object.entries(limit.most).map(([kind, most]) => ({ ...scope, rule: ruleName(limit), kind, most })),
    ),
  );

/** Whom a limit counts together, as far as this person and project are among them. */
export function scopesOf(
  { per, only }: Limit,
  { user, groups }: Principal,
  project: string | undefined,
): readonly Scope[] {
  const all = { person: [user], group: groups, project: project === undefined ? [] : [project] }[per];
  return [...new Set(all)].filter((of) => only === undefined || of === only).map((of) => ({ per, of }));
}

/** File, line and id, without the folders of this host. */
export const ruleName = ({ rule }: Limit): string => rule.replace(/^.*\//, '');

/** The bounds that a call must keep. What labwarden does by itself has none, nor has who only ends a job, so that room can be made. */
export function boundsFor({ policy }: Lab, who: Principal, subjects: SubjectMap): readonly Bound[] {
  if (who.via === 'system') return [];
  const all = Object.values(subjects).flat();
  const bounds = boundsOf(policy.limits(who), who, projectOf(subjects));
  return all.every(({ type }) => type === 'job') ? bounds.filter(({ kind }) => kind !== 'running_jobs') : bounds;
}

export const projectOf = (subjects: SubjectMap): string => {
  const owned = Object.values(subjects)
    .flat()
    .map(({ facts }) => facts)
    .find((facts) => 'project' in facts);
  return owned && 'project' in owned ? owned.project : 'default';
};
