import { recover, type Waiting } from './call/recover.ts';
import type { Lab } from './lab.ts';

/** Brings every call that an earlier server left open to an end, all at once: each waits for its own provider. */
export async function recoverAll(lab: Lab, unsettled: readonly Waiting[], signal: AbortSignal): Promise<void> {
  const known = new Set(unsettled.map(({ intent }) => intent.id));
  const settled = lab.audit.openIntents.filter((op) => !known.has(op));
  await Promise.allSettled([
    ...unsettled.map(async (one) => {
      const recovering = recover(lab, one, signal);
      lab.jobs.recovering(one.intent.id, recovering);
      const recovered = await recovering.catch((cause: unknown) => {
        if (!signal.aborted)
          lab.log('error', 'a call could not be recovered', { call: one.intent.id, cause: String(cause) });
      });
      if (recovered) lab.log('info', `recovered ${one.intent.tool}: ${recovered}`, { call: one.intent.id });
    }),
    ...settled.map(async (op) => lab.audit.enqueue({ kind: 'outcome', op, data: await told(lab, op) })),
  ]);
}

/** What the state knows of a call that is open in the log alone. */
async function told({ state }: Lab, op: string) {
  const job = await state.byId('job', op);
  if (job?.status === 'done') return { code: 'ok', recovered: 'settled' };
  if (job?.error) return { code: job.error.code, recovered: 'settled' };
  return { code: 'OUTCOME_UNKNOWN', recovered: 'unknown' };
}
