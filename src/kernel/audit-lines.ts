import type { AuditEntry } from '../audit/index.ts';
import { LabError } from '../sdk/index.ts';
import type { Authorized, Locked, Outcome, Request, SubjectMap } from './call/steps.ts';
import { judgedIn, judgedOf, judgedOfRead, kept } from './judged.ts';
import type { Lab } from './lab.ts';

/** What the audit log says of a call, at each of its ends. */
export const intentLine = (
  lab: Lab,
  { request, operation, input, subjects, effect, plan, spends, uses, by, judgement }: Locked,
): AuditEntry => ({
  kind: 'intent',
  ...who(request),
  subjects: auditSubjects(subjects),
  args: lab.redact(input, operation.input),
  decision: { effect: 'allow', rule: judgement.rules.join(', '), policy: judgement.policy },
  ...(plan !== '' && { plan }),
  data: {
    ...{ effect, judged: kept(judgedOf(subjects, request.principal)) },
    ...(spends !== undefined && { confirmation: spends }),
    ...(uses !== undefined && { grant: uses }),
    ...(by && { approved_by: by }),
    ...forgery(request),
  },
});

export const outcomeLine = (request: Request, outcome: Outcome, ms: number): AuditEntry => ({
  kind: 'outcome',
  ...who(request),
  data: { code: outcome.ok ? 'ok' : outcome.error.code, ms },
});

/** A read, or a call that left early: one line, for which nobody waits. */
export const readLine = (
  lab: Lab,
  { request, operation, input, subjects, judgement }: Authorized,
  outcome: Outcome,
): AuditEntry => ({
  kind: 'decision',
  ...who(request),
  subjects: auditSubjects(subjects, mostOfRead),
  args: lab.redact(input, operation.input),
  decision: { effect: 'allow', rule: judgement.rules.join(', '), policy: judgement.policy },
  data: {
    ...{ code: outcome.ok ? 'ok' : outcome.error.code, judged: kept(judgedOfRead(subjects, request.principal)) },
    ...count(subjects),
    ...forgery(request),
  },
});

/** How many things were looked at, when the line names only the first of them. */
const count = (subjects: SubjectMap) => {
  const all = Object.values(subjects).flat().length;
  return all > mostOfRead ? { subjects: all } : {};
};

export const refusedLine = (lab: Lab, request: Request, reason: unknown): AuditEntry => {
  const error = LabError.of(reason);
  const { code, details } = error;
  const judged = kept(judgedIn(error));
  const rule = typeof details['rule'] === 'string' ? details['rule'] : code;
  return {
    kind:
      code === 'CONFIRMATION_REQUIRED' || code === 'CONFIRMATION_STALE' || code === 'DECLINED'
        ? 'confirmation'
        : 'decision',
    ...who(request),
    decision: { effect: 'deny', rule, policy: String(details['policy'] ?? lab.policy.hash) },
    data: {
      code,
      ...(judged.length > 0 && { judged }),
      ...(typeof details['plan'] === 'string' && {
        plan: details['plan'],
        ...(details['question'] !== undefined && { question: details['question'] }),
        ...(details['approval'] !== undefined && { approval: details['approval'] }),
      }),
      ...forgery(request),
    },
  };
};

/** Somebody answered a question that nobody had asked. */
const forgery = ({ forged }: Request) => (forged ? { forged } : {});

const who = ({ id, principal, tool }: Request) => ({ op: id, who: principal, act: tool.slice(0, 64) });

const mostOfRead = 20;
const mostOfChange = 200;

const auditSubjects = (subjects: SubjectMap, most = mostOfChange) =>
  Object.values(subjects)
    .flat()
    .slice(0, most)
    .map(({ type, facts }) => ({
      type,
      id: facts.id,
      name: facts.name,
      gen: 'generation' in facts ? facts.generation : 0,
    }));
