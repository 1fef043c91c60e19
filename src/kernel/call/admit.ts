import { LabError } from '../../sdk/index.ts';
import { boundsFor } from '../bounds.ts';
import type { Lab } from '../lab.ts';
import { refuseEarly } from '../lease-due.ts';
import { creations } from './record.ts';
import { type Admitted, type Authorized, passed, type Subject } from './steps.ts';

/**
 * Looks at how often, how long and how much: before anything is asked of a provider that could wait. `record` and the locks are what
 * reserves it.
 */
export async function admit(lab: Lab, authorized: Authorized, when: 'first' | 'held' = 'first'): Promise<Admitted> {
  const { request, effect, subjects } = authorized;
  const { principal } = request;
  if (when === 'first') lab.rates.take(lab.policy.limits(principal), principal);
  if (effect === 'read') return passed<Admitted>(authorized);
  refuseEnded(lab, authorized);
  if (principal.via === 'system') await refuseEarly(lab, subjects);
  await lab.state.room({ creates: creations(lab, request, subjects), bounds: boundsFor(lab, principal, subjects) });
  // Under the locks it is not only looked at.
  if (when === 'first') await lab.capacity.check(lab, authorized);
  return passed<Admitted>(authorized);
}

/** What lies in the trash stays as it is, and what has come to its end does not begin again. */
function refuseEnded(lab: Lab, { operation, subjects }: Authorized): void {
  for (const [key, list] of Object.entries(subjects)) {
    const target = operation.on[key];
    const one = target && 'from' in target ? target : undefined;
    for (const subject of list) {
      if (one?.trashed !== true) refuseTrashed(subject);
      if (one?.runs === true) refuseExpired(subject, lab.now());
    }
  }
}

function refuseTrashed({ type, typed, facts }: Subject): void {
  if (!('trashedAt' in facts) || facts.trashedAt === undefined) return;
  const until = 'purgeAt' in facts && facts.purgeAt ? ` until ${facts.purgeAt}` : '';
  throw new LabError(
    'CONFLICT',
    `${type === 'vm' ? 'VM' : 'Cluster'} "${typed}" lies in the trash${until}. cluster_restore brings it back; cluster_destroy ends it.`,
    { details: { trashed_at: facts.trashedAt } },
  );
}

function refuseExpired({ typed, facts }: Subject, now: Date): void {
  if (!('expiresAt' in facts) || facts.expiresAt === undefined || Date.parse(facts.expiresAt) > now.getTime()) return;
  throw new LabError(
    'LIMIT_EXCEEDED',
    `The lease of "${typed}" ended at ${facts.expiresAt}. lease_extend gives it more time; then it can be started.`,
    { details: { expires_at: facts.expiresAt } },
  );
}
