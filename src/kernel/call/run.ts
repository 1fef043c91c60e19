import { LabError } from '../../sdk/index.ts';
import { running } from '../calls.ts';
import type { Lab } from '../lab.ts';
import { unlessLate } from '../unless-late.ts';
import { bind } from './bind.ts';
import { mend } from './mend.ts';
import { drafts } from './record.ts';
import { type Outcome, passed, type Ran, type Recorded } from './steps.ts';

/** Runs the operation with its hands tied, waits no longer than it may, and checks what it answers. */
export async function run(lab: Lab, recorded: Recorded, stop: AbortSignal): Promise<Ran> {
  const { outcome, stopped } = await attempt(lab, recorded, stop);
  const undoing = stopped && !outcome.ok && drafts(recorded.subjects).length > 0;
  return passed<Ran>({ ...recorded, ...(undoing ? await undo(lab, recorded, outcome) : { outcome, undone: false }) });
}

async function attempt(lab: Lab, recorded: Recorded, stop: AbortSignal) {
  const { operation, request, hold, effect, input, checkOutput } = recorded;
  using call = running(lab, request, effect, stop);
  try {
    const answer = operation.run(hold(call, effect), input);
    const data = checkOutput(await unlessLate(answer, call.signal, lab.limits.stopGraceMs));
    return { outcome: { ok: true, data }, stopped: false } as const;
  } catch (reason) {
    const error = LabError.of(reason);
    if (error.code === 'INTERNAL') tell(lab, recorded, 'failed inside', error);
    // One that did not hear that it was told to stop may still be at work: nobody touches what it made.
    const stopped = call.signal.aborted && error.code !== 'OUTCOME_UNKNOWN';
    return { outcome: { ok: false, error }, stopped } as const;
  }
}

/** The hands of a call that was stopped are dead, so what it had begun to create is undone with new ones. */
async function undo(lab: Lab, recorded: Recorded, outcome: Outcome): Promise<Pick<Ran, 'outcome' | 'undone'>> {
  const signal = AbortSignal.timeout(lab.limits.stopGraceMs);
  try {
    const bound = await bind(lab, { ...recorded, request: { ...recorded.request, signal, stop: signal } }, 'held');
    return { outcome, undone: (await mend(lab, bound, signal)) === 'undone' };
  } catch (reason) {
    tell(lab, recorded, 'was stopped and could not be undone', LabError.of(reason));
    return { outcome: { ok: false, error: left(reason) }, undone: false };
  }
}

const left = (cause: unknown) =>
  new LabError(
    'OUTCOME_UNKNOWN',
    'It was stopped, and what it had begun could not be taken back. Inspect before you repeat it.',
    { cause },
  );

const tell = (lab: Lab, { operation, request }: Recorded, what: string, { message, cause }: LabError): void =>
  lab.log('error', `${operation.name} ${what}`, {
    call: request.id,
    cause: cause instanceof Error ? (cause.stack ?? cause.message) : `${message} ${String(cause ?? '')}`,
  });
