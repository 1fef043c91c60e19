import { LabError } from '../../sdk/index.ts';
import type { Lab } from '../lab.ts';
import { type Admitted, type Authorized, passed } from './steps.ts';

/** Counts what the call would create against what its owner may have. `record` is what reserves it. */
export async function admit({ state, limits }: Lab, authorized: Authorized): Promise<Admitted> {
  const wanted = Object.values(authorized.subjects)
    .flat()
    .reduce((sum, { draft, nodes }) => sum + (draft ? nodes.length : 0), 0);
  if (wanted > 0) {
    const { user } = authorized.request.principal;
    const owned = (await state.all('vm')).filter(({ owner }) => owner === user).length;
    if (owned + wanted > limits.vmsPerUser)
      throw new LabError(
        'LIMIT_EXCEEDED',
        `You have ${owned} VMs and want ${wanted} more; ${limits.vmsPerUser} are allowed. Destroy a cluster first.`,
        {
          details: { owned, wanted, allowed: limits.vmsPerUser },
        },
      );
  }
  return passed<Admitted>(authorized);
}
