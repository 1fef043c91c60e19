import { LabError, type Vm } from '../../sdk/index.ts';
import type { Creation, Expected } from '../../state/index.ts';
import { intentLine, outcomeLine } from '../audit-lines.ts';
import { boundsFor, projectOf } from '../bounds.ts';
import type { Lab } from '../lab.ts';
import { leaseFor } from '../lease-terms.ts';
import { end } from './end.ts';
import { type Locked, passed, type Recorded, type Request, type SubjectMap } from './steps.ts';

/** What is written down of a call, so that it can be finished or undone without asking policy about the past. */
export interface StoredCall {
  readonly subjects: SubjectMap;
}

/** Reserves what the call will use and writes down what is about to happen. From here on the caller may leave. A read leaves no trace yet. */
export async function record(lab: Lab, locked: Locked): Promise<Recorded> {
  const { request, effect, input, spends, uses, judgement } = locked;
  request.signal.throwIfAborted();
  if (effect === 'read') return passed<Recorded>(locked);
  const intent = {
    ...{ id: request.id, tool: request.tool, principal: request.principal, input, effect },
    project: projectOf(locked.subjects),
    subjects: { subjects: locked.subjects } satisfies StoredCall,
    startedAt: lab.now().toISOString(),
  };
  // While it waited for its turn or for a provider, another one may have come into force.
  if (judgement.policy !== lab.policy.hash) throw outdated(spends ?? uses);
  const creates = creations(lab, request, locked.subjects);
  const bounds = boundsFor(lab, request.principal, locked.subjects);
  if (uses !== undefined) lab.sessionGrants.use(lab, uses);
  const asked = (spends ?? uses) !== undefined && { expects: expected(locked.subjects) };
  await lab.state.reserve({ intent, creates, bounds, ...asked, ...(spends !== undefined && { spends }) });
  try {
    await Promise.all([lab.audit.append(intentLine(lab, locked)), ...(outlives(locked) ? [kept(lab)] : [])]);
  } catch (reason) {
    await neverBegun(lab, request, locked.subjects, LabError.of(reason)).catch((cause: unknown) =>
      lab.log('error', 'an outcome was not recorded', { call: request.id, cause: String(cause) }),
    );
    throw reason;
  }
  return passed<Recorded>(locked);
}

const outdated = (consent: string | undefined) =>
  new LabError(
    consent === undefined ? 'CONFLICT' : 'CONFIRMATION_STALE',
    'The policy has changed in this moment, and nothing was done; repeat the call.',
  );

/** What somebody agreed to, and what must not have changed until the very moment at which it is written down. */
const expected = (subjects: SubjectMap): readonly Expected[] =>
  Object.values(subjects)
    .flat()
    .flatMap((subject) => {
      if (subject.draft || subject.type === 'job' || subject.type === 'host' || subject.type === 'lab') return [];
      const { type, facts, nodes } = subject;
      return [as(type, facts), ...nodes.map((node) => as('vm', node))];
    });

const as = (type: Expected['type'], { id, owner, generation }: Pick<Vm, 'id' | 'owner' | 'generation'>): Expected => ({
  ...{ type, id, owner, generation },
});

/**
 * Whether anything is lost when a loss of power takes what the state was told: names and disks that were given, a confirmation
 * that could be used twice, a call that the next start could finish. Of any other the log has the intent, and says that its end is unknown.
 */
const outlives = ({ operation, subjects, spends }: Locked): boolean =>
  operation.recover !== undefined || spends !== undefined || drafts(subjects).length > 0;

const kept = ({ state }: Lab): Promise<void> => state.durable().catch(unkept);

const unkept = (cause: unknown): never => {
  const why = cause instanceof LabError ? cause.message : `The lab's state cannot be written (${Object(cause).code}).`;
  throw new LabError('AUDIT_UNAVAILABLE', `${why} Nothing was done.`, { cause });
};

/**
 * Gives back what was reserved for a call that did not begin: names, disks and room are as they were. Its intent may be in the
 * log all the same, so the log is told.
 */
export async function neverBegun(
  lab: Lab,
  request: Request,
  subjects: SubjectMap,
  error: LabError,
  more: { readonly recovered?: 'undone' } = {},
): Promise<void> {
  const { code, message, details } = error;
  lab.audit.enqueue({ ...outcomeLine(request, { ok: false, error }, 0), data: { code, begun: false, ...more } });
  const drops = drafts(subjects).map(({ facts: { id } }) => ({ type: 'cluster', id, disks: 'before' }) as const);
  const endedAt = lab.now().toISOString();
  await end(lab, request.id, { status: 'failed', endedAt, error: { code, message, details }, drops, touches: [] });
}

export const drafts = (subjects: SubjectMap) =>
  Object.values(subjects)
    .flat()
    .filter((subject) => subject.type === 'cluster')
    .filter(({ draft }) => draft);

export const creations = (lab: Lab, { principal }: Request, subjects: SubjectMap): readonly Creation[] =>
  drafts(subjects).map(({ facts, members }) => ({
    ...{ type: 'cluster', cluster: facts, nodes: members },
    graceH: leaseFor(lab.policy, principal, facts.project)?.graceH ?? 0,
  }));
