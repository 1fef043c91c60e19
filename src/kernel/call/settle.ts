import { LabError, type Vm } from '../../sdk/index.ts';
import type { Settlement } from '../../state/index.ts';
import { outcomeLine, readLine, refusedLine } from '../audit-lines.ts';
import type { Lab } from '../lab.ts';
import { unlessOver } from '../unless-late.ts';
import { end } from './end.ts';
import { drafts } from './record.ts';
import type { Outcome, Ran, Request, SubjectMap } from './steps.ts';

/** Writes down how it ended. An outcome that cannot be written is not known. */
export async function settle(lab: Lab, ran: Ran, startedAt: Date): Promise<Outcome> {
  const { request, operation, subjects, outcome, effect } = ran;
  if (effect === 'read') {
    lab.audit.enqueue(readLine(lab, ran, outcome));
    return outcome;
  }
  const settlement = await settlementOf(lab, {
    ...{ call: request.id, on: operation.on, subjects, outcome, undone: ran.undone },
  });
  const lost = (cause: unknown): Outcome => {
    lab.log('error', 'an outcome was not recorded', { call: request.id, cause: String(cause) });
    return { ok: false, error: unrecorded(cause) };
  };
  // The log has it first; while the disk makes that durable, the state is told. Of an end that only the state has, the next start tells the log.
  const logged = lab.audit.append(outcomeLine(request, outcome, lab.now().getTime() - startedAt.getTime()));
  const kept = begun()
    .then(() => end(lab, request.id, settlement))
    .then(() => outcome, lost);
  try {
    await logged;
  } catch (cause) {
    await kept;
    const unknown = lost(cause);
    lab.jobs.remember(request.id, { ...endOf(unknown), endedAt: settlement.endedAt });
    return unknown;
  }
  const ended = await kept;
  lab.changed();
  return ended;
}

/** What was asked of the disk in this turn has been given to it. */
const begun = () => new Promise<void>((resolve) => process.nextTick(resolve));

const unrecorded = (cause: unknown) =>
  new LabError('OUTCOME_UNKNOWN', 'It ran, but its outcome was not recorded. Inspect before you repeat it.', { cause });

interface Ended {
  readonly call: string;
  readonly on: Ran['operation']['on'];
  readonly subjects: SubjectMap;
  readonly outcome: Outcome;
  readonly undone: boolean;
}

export async function settlementOf(lab: Lab, { call, on, subjects, outcome, undone }: Ended): Promise<Settlement> {
  const ended = Object.entries(subjects).flatMap(([key, list]) => {
    const target = on[key];
    return outcome.ok && target && 'from' in target && target.ends ? list : [];
  });
  // What nobody knows the end of may yet come into being.
  const nothing = outcome.ok || outcome.error.code === 'OUTCOME_UNKNOWN' ? [] : await abandoned(lab, call, subjects);
  const disks = undone ? 'before' : 'kept';
  const drops = [...ended, ...nothing].flatMap(({ type, facts }) =>
    type === 'cluster' || type === 'vm' ? [{ type, id: facts.id, disks } as const] : [],
  );
  const progress = lab.jobs.saidLast(call);
  const endedAt = lab.now().toISOString();
  return { ...endOf(outcome), endedAt, ...(progress && { progress }), drops, touches: touched(on, subjects) };
}

function endOf(outcome: Outcome): Pick<Settlement, 'status' | 'result' | 'error'> {
  if (outcome.ok) return { status: 'done', result: outcome.data };
  const { code, message, details } = outcome.error;
  return { status: code === 'OUTCOME_UNKNOWN' ? 'unknown' : 'failed', error: { code, message, details } };
}

/** Drafts of which nothing is left in the world: their names are free again. What is there keeps its name, so that it can be seen and destroyed. */
async function abandoned(lab: Lab, id: string, subjects: SubjectMap) {
  const call = {
    id,
    signal: AbortSignal.timeout(10_000),
    note: async () => {},
    progress: () => {},
    log: () => {},
  };
  const left = async ({ members }: { readonly members: readonly Vm[] }) => {
    const asked = members.map(async (vm) => {
      const provider = await lab.providers.ready(vm.provider, call.signal);
      return await unlessOver(provider.state({ vm, call }), call.signal);
    });
    return (await Promise.all(asked)).some((state) => state !== 'absent');
  };
  const checked = drafts(subjects).map(async (draft) => ((await left(draft).catch(() => true)) ? [] : [draft]));
  return (await Promise.all(checked)).flat();
}

/** What goes on inside a guest, beside other calls, does not change the thing: their plans hold. */
const touched = (on: Ended['on'], subjects: SubjectMap): Settlement['touches'] =>
  Object.entries(subjects).flatMap(([key, list]) => {
    const target = on[key];
    if (target && 'from' in target && target.beside) return [];
    return list.flatMap(({ type, facts, nodes }) => {
      if (type !== 'cluster' && type !== 'vm') return [];
      return [{ type, id: facts.id }, ...nodes.map(({ id }) => ({ type: 'vm', id }) as const)];
    });
  });

/** One line for every call that left early. */
export function refuse(lab: Lab, request: Request, reason: unknown): Outcome {
  const error = LabError.of(reason);
  if (error.code === 'INTERNAL')
    lab.log('error', `${request.tool} failed before it ran`, {
      call: request.id,
      cause: String((error.cause as Error | undefined)?.stack ?? error.cause),
    });
  lab.audit.enqueue(refusedLine(lab, request, error));
  return { ok: false, error };
}
