import { LabError, type Principal } from '../sdk/index.ts';
import { call } from './call/call.ts';
import type { Outcome } from './call/steps.ts';
import { newCallId } from './call-id.ts';
import type { Lab } from './lab.ts';

/** Who ends what has come to its end. No transport makes a principal of this kind. */
export const keeper: Principal = { user: 'system:lease', groups: [], via: 'system' };

/** A call like anybody's, waited for to its very end. */
export async function asKeeper(lab: Lab, tool: string, args: object, signal: AbortSignal): Promise<Outcome> {
  const request = { id: newCallId(), principal: keeper, tool, args, signal, stop: signal };
  const outcome = await call(lab, request);
  if (outcome.ok || outcome.error.code !== 'STILL_RUNNING') return outcome;
  await lab.jobs.ended(request.id);
  const job = await lab.state.byId('job', request.id);
  if (job?.status === 'done') return { ok: true, data: {} };
  return { ok: false, error: new LabError('OUTCOME_UNKNOWN', job?.error?.message ?? `It ended as ${job?.status}.`) };
}
