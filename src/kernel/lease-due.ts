import { LabError } from '../sdk/index.ts';
import type { SubjectMap } from './call/steps.ts';
import type { Lab } from './lab.ts';
import { nextStep } from './lease-steps.ts';

/** Which action each step of a lease asks for. */
const steps: Readonly<Record<string, 'stop' | 'trash' | 'purge'>> = {
  ...{ stop: 'stop', cut: 'stop', trash: 'trash', destroy: 'purge' },
};

/**
 * While the lab's own call waited for a provider, somebody may have extended the lease, or restored what lay in the trash. Throws
 * CONFLICT when it is not the time for this step any more.
 */
export async function refuseEarly({ state, limits, now }: Lab, subjects: SubjectMap): Promise<void> {
  for (const { type, action, facts } of Object.values(subjects).flat()) {
    const tenure = type === 'cluster' ? await state.tenure(facts.id) : undefined;
    if (!tenure || type !== 'cluster') continue;
    const next = nextStep(tenure, { isProtected: facts.protected, trashMs: limits.trashMs });
    if (!next || next.step !== steps[action] || next.atMs > now().getTime())
      throw new LabError('CONFLICT', `The lease of "${facts.name}" has changed: it is not the time to ${action} it.`);
  }
}
