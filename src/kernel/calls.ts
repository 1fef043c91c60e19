import { type Call, type Effect, LabError, type Principal } from '../sdk/index.ts';
import type { Request } from './call/steps.ts';
import type { Lab } from './lab.ts';

/** A call that ends when it is disposed of: whatever was held for it is dead from then on. */
export type Ending = Call & Disposable;

const callers = new WeakMap<Call, Principal>();

/** On whose behalf a call runs. Plugins cannot ask; the kernel's own features can. */
export const callerOf = (call: Call): Principal | undefined => callers.get(call);

/** Whoever only looks has somebody waiting: a hypervisor that hangs must not make them wait for long. */
const readDeadlineMs = 90_000;

/** What a preview gets: it may look, and leaves no trace. */
export const reading = ({ id, signal, stop, principal }: Request): Ending =>
  ending(principal, [signal, stop], readDeadlineMs, (over) => ({
    id,
    signal: over,
    note: refuseNote,
    progress: () => {},
    log: () => {},
  }));

/** What `run` gets. A read ends with its caller, a change only when somebody says so or the time is up. */
export function running(lab: Lab, request: Request, effect: Effect, stop: AbortSignal): Ending {
  const { id, signal, principal } = request;
  const { callDeadlineMs } = lab.limits;
  const deadlineMs = effect === 'read' ? Math.min(callDeadlineMs, readDeadlineMs) : callDeadlineMs;
  return ending(principal, effect === 'read' ? [signal, stop] : [stop], deadlineMs, (over) => ({
    id,
    signal: over,
    async note(step, data = {}) {
      if (effect === 'read') return await refuseNote();
      over.throwIfAborted();
      await lab.state.note(id, { step, data });
      await lab.state.durable();
    },
    progress(now) {
      if (over.aborted) return;
      request.progress?.(now);
      if (effect !== 'read') lab.jobs.says(id, now);
    },
    log: (message, fields = {}) => lab.log('info', message, { call: id, ...fields }),
  }));
}

/** Ends with any of these, at the deadline, or when it is disposed of; then nothing of it is left with those that outlive it. */
function ending(
  principal: Principal,
  ends: readonly AbortSignal[],
  deadlineMs: number,
  make: (over: AbortSignal) => Call,
): Ending {
  const end = new AbortController();
  const late = () => end.abort(new LabError('TIMEOUT', 'The call ran out of time.'));
  const deadline = setTimeout(late, deadlineMs).unref();
  end.signal.addEventListener('abort', () => clearTimeout(deadline), { once: true });
  for (const one of ends) endWith(end, one);
  const call = { ...make(end.signal), [Symbol.dispose]: () => end.abort(over) };
  callers.set(call, principal);
  return call;
}

function endWith(end: AbortController, one: AbortSignal): void {
  const forward = () => end.abort(one.reason);
  if (one.aborted) forward();
  else one.addEventListener('abort', forward, { once: true, signal: end.signal });
}

/** One for all: an error's stack is dear, and where a call ended well says nothing. */
const over = new LabError('CANCELLED', 'This call is over.');

const refuseNote = async (): Promise<never> => {
  throw new LabError('FORBIDDEN', 'A read changes nothing, so it has nothing to note.');
};
