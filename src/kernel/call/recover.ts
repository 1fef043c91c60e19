import { type Code, codes, LabError } from '../../sdk/index.ts';
import type { Intent } from '../../state/index.ts';
import { outcomeLine } from '../audit-lines.ts';
import type { Lab } from '../lab.ts';
import { bind } from './bind.ts';
import { end } from './end.ts';
import { wanted } from './lock.ts';
import { mend } from './mend.ts';
import { neverBegun, type StoredCall } from './record.ts';
import { glance } from './resolve.ts';
import { settlementOf } from './settle.ts';
import { type Admitted, type Outcome, passed, type Request, type SubjectMap } from './steps.ts';

/** `settled`: its end was known already. */
export type Recovered = 'finished' | 'undone' | 'unknown' | 'settled';

/** A call that a crash cut short, its locks held again: until it is settled nobody else touches what it was changing. */
export interface Waiting {
  readonly intent: Intent;
  readonly subjects: SubjectMap;
  readonly locks: Disposable;
}

/** Takes the locks of every unsettled call, before anybody else can. */
export async function waiting(lab: Lab): Promise<readonly Waiting[]> {
  return (await lab.state.unsettled()).map((intent) => {
    const { subjects } = intent.subjects as StoredCall;
    return { intent, subjects, locks: locksOf(lab, intent, subjects) };
  });
}

/** Without its plugin nobody knows which calls went on beside others: then the first of them locks for all, and no start fails. */
function locksOf(lab: Lab, { id, tool }: Intent, subjects: SubjectMap): Disposable {
  const names = wanted(lab.operations.get(tool)?.operation ?? { on: {} }, subjects);
  try {
    return lab.locks.hold(names, { call: id, tool: `Recovery of ${tool}`, isJob: () => true });
  } catch {
    return { [Symbol.dispose]: () => {} };
  }
}

/** Finishes or undoes it, as far as the log does not know its end already, and writes down which of the two. */
export async function recover(lab: Lab, { intent, subjects, locks }: Waiting, signal: AbortSignal): Promise<Recovered> {
  using _locks = locks;
  const request = { ...intent, args: intent.input, signal, stop: signal } satisfies Request;
  const fate = lab.audit.fate(intent.id);
  // A log that was exchanged must not make us forget what was noted.
  if (fate === 'absent' && (await lab.state.notes(intent.id)).length === 0) {
    await neverBegun(lab, request, subjects, cutShort, { recovered: 'undone' });
    return 'undone';
  }
  if (typeof fate === 'object') {
    await close(
      lab,
      request,
      subjects,
      fate.code === 'ok' ? outcomes.finished : { ok: false, error: ended(fate.code) },
    );
    return 'settled';
  }
  const recovered = await attempt(lab, intent, subjects, request).catch((cause: unknown) => {
    signal.throwIfAborted();
    lab.log('error', `recovery of ${intent.tool} failed`, {
      call: intent.id,
      cause: String((cause as Error)?.stack ?? cause),
    });
    return 'unknown' as const;
  });
  const outcome = outcomes[recovered];
  await lab.audit.append({
    ...outcomeLine(request, outcome, 0),
    data: { code: outcome.ok ? 'ok' : outcome.error.code, recovered },
  });
  await close(lab, request, subjects, outcome, recovered === 'undone');
  return recovered;
}

/** It was judged when it was written down, so policy is not asked again. */
async function attempt(lab: Lab, intent: Intent, subjects: SubjectMap, request: Request) {
  const entry = lab.operations.get(intent.tool);
  // A plugin may have gone or changed since; then nobody knows.
  if (!entry?.operation.recover) return 'unknown' as const;
  await Promise.all(providersOf(subjects).map((name) => lab.providers.ready(name, request.signal, true)));
  const { input, effect } = intent;
  const judged = { judgement: { rules: ['recovery'], policy: '' }, seen: glance(lab) };
  const admitted = passed<Admitted>({ ...entry, request, input, effect, subjects, ...judged });
  return (await mend(lab, await bind(lab, admitted, 'held'), request.stop)) ?? ('unknown' as const);
}

const providersOf = (subjects: SubjectMap): readonly string[] => [
  ...new Set(
    Object.values(subjects)
      .flat()
      .flatMap(({ type, facts }) => (type === 'job' || type === 'lab' ? [] : [facts.provider])),
  ),
];

const ended = (code: string) =>
  new LabError(
    Object.hasOwn(codes, code) ? (code as Code) : 'OUTCOME_UNKNOWN',
    `It ended with ${code}; the lab server ended before it could write down more than that.`,
  );

async function close(lab: Lab, request: Request, subjects: SubjectMap, outcome: Outcome, undone = false) {
  const on = lab.operations.get(request.tool)?.operation.on ?? {};
  // What it would have answered died with its server.
  const { result, ...settlement } = await settlementOf(lab, { call: request.id, on, subjects, outcome, undone });
  const progress = result && { done: 1, total: 1, message: answerLost };
  await end(lab, request.id, { ...settlement, ...(progress && { progress }) });
}

const answerLost = 'The lab server ended during this call. It is finished, and what it answered is not known.';

const cutShort = new LabError(
  'CANCELLED',
  'The lab server ended during this call; what it had begun was undone. Repeat it.',
);

const outcomes: Readonly<Record<Exclude<Recovered, 'settled'>, Outcome>> = {
  finished: { ok: true, data: {} },
  undone: { ok: false, error: cutShort },
  unknown: {
    ok: false,
    error: new LabError(
      'OUTCOME_UNKNOWN',
      'The lab server ended during this call, and nobody can say how far it got. Inspect before you repeat it.',
    ),
  },
};
