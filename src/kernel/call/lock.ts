import type { AnyOperation } from '../../sdk/index.ts';
import { LabError } from '../../sdk/index.ts';
import type { Lab } from '../lab.ts';
import type { Wanted } from '../locks.ts';
import { admit } from './admit.ts';
import { authorize } from './authorize.ts';
import { bind } from './bind.ts';
import { planOf, shown, stale } from './confirm.ts';
import { glance, resolve } from './resolve.ts';
import { type Admitted, type Confirmed, type Locked, passed, type Subject, type SubjectMap } from './steps.ts';

/** Holds every subject, then looks again: what was confirmed must still be what would happen. Reads hold nothing. */
export async function lock(lab: Lab, confirmed: Confirmed): Promise<Locked> {
  const { effect, operation, request } = confirmed;
  if (effect === 'read') return passed<Locked>({ ...confirmed, [Symbol.dispose]: () => {} });
  const isJob = () => lab.jobs.has(request.id);
  const held = new DisposableStack();
  const names = wanted(operation, confirmed.subjects);
  held.use(lab.locks.hold(names, { call: request.id, tool: operation.name, isJob }));
  try {
    const admitted = await again(lab, confirmed);
    const asked = confirmed.plan !== '';
    // A plan says so itself, and asks anew.
    if (!asked && !isHeld(wanted(operation, admitted.subjects), names)) throw moved(undefined);
    held.use(await lab.capacity.promise(lab, admitted));
    const bound = await bind(lab, admitted, 'held');
    const preview = await shown(bound);
    const plan = asked && preview ? planOf(lab, bound, preview) : '';
    if (plan !== confirmed.plan && preview && confirmed.spends) throw await stale(lab, bound, plan, preview);
    if (asked ? plan !== confirmed.plan : preview) throw moved(confirmed.spends);
    return passed<Locked>({ ...confirmed, ...bound, [Symbol.dispose]: () => held[Symbol.dispose]() });
  } catch (reason) {
    held[Symbol.dispose]();
    throw reason;
  }
}

/** The same functions on the same facts would say the same: they are asked again when anything was written since, by anybody. */
async function again(lab: Lab, confirmed: Confirmed): Promise<Admitted> {
  const { state, policy } = glance(lab);
  const { seen, judgement } = confirmed;
  if (seen.state === state && seen.policy === policy && judgement.policy === policy) return confirmed;
  return await admit(lab, authorize(lab, await resolve(lab, confirmed)), 'held');
}

/** By now a name may mean another thing, which somebody else may be at work on. */
const isHeld = (now: readonly Wanted[], held: readonly Wanted[]): boolean =>
  now.every(({ name, mode }) => held.some((one) => one.name === name && one.mode === mode));

const moved = (spends: string | undefined) =>
  spends === undefined
    ? new LabError('CONFLICT', 'Something else changed this in the same moment; look again, then repeat the call.')
    : new LabError(
        'CONFIRMATION_STALE',
        'What would happen has changed since it was shown; repeat the call to see it.',
      );

/** In one order for everybody. A call that selects nodes leaves the others to other calls. */
export function wanted(operation: Pick<AnyOperation, 'on'>, subjects: SubjectMap): readonly Wanted[] {
  const all = Object.entries(subjects).flatMap(([key, list]) => {
    const target = operation.on[key];
    const one = target && 'from' in target ? target : undefined;
    return list.flatMap((subject) => modes(subject, one?.beside === true, one?.nodes !== undefined));
  });
  const strongest = new Map(all.sort((a, b) => rank(a) - rank(b)).map((want) => [want.name, want]));
  return [...strongest.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

const rank = ({ mode }: Wanted) => ['beside', 'shared', 'exclusive'].indexOf(mode);

function modes({ type, facts, nodes }: Subject, beside: boolean, selecting: boolean): readonly Wanted[] {
  if (type === 'host' || type === 'lab') return [];
  if (type === 'job') return [{ name: `job ${facts.id}`, mode: 'beside' }];
  const mode = beside ? 'beside' : 'exclusive';
  const whole = { name: nameOf(type, facts), mode: beside ? 'beside' : selecting ? 'shared' : 'exclusive' } as const;
  return [whole, ...nodes.map((node) => ({ name: nameOf('vm', node), mode }) as const)];
}

/** By owner and name, which a draft has as well as the thing that will come of it. */
const nameOf = (
  type: string,
  { owner, name, cluster }: { readonly owner: string; readonly name: string; readonly cluster?: string },
) => `${type} ${owner}:${cluster ? `${cluster}/` : ''}${name}`;
