import { attributesOf, type Decision, strongest } from '../../policy/index.ts';
import { LabError, type Subjects, type Vm } from '../../sdk/index.ts';
import { withJudged } from '../judged.ts';
import type { Lab } from '../lab.ts';
import { notFound, sees } from '../naming.ts';
import { type Authorized, type Judgement, passed, type Request, type Resolved, type Subject } from './steps.ts';

/** Lets a call through when policy grants its action on every one of its subjects, and on every node of its clusters. */
export function authorize(lab: Lab, resolved: Resolved): Authorized {
  try {
    return authorized(lab, resolved);
  } catch (reason) {
    throw withJudged(reason, resolved.subjects, resolved.request.principal);
  }
}

function authorized(lab: Lab, resolved: Resolved): Authorized {
  const { request, operation } = resolved;
  const judged = Object.entries(resolved.subjects).map(([key, subjects]) => {
    const target = operation.on[key];
    if (!target || 'from' in target)
      return { key, subjects, decisions: subjects.flatMap((subject) => granted(lab, request, subject)) };
    const seen = subjects.flatMap((subject) => visible(lab, request, subject));
    return { key, subjects: seen.map(({ subject }) => subject), decisions: seen.map(({ decision }) => decision) };
  });
  const subjects = Object.fromEntries(judged.map(({ key, subjects }) => [key, subjects]));
  const judgement = summed(
    lab.policy.hash,
    judged.flatMap(({ decisions }) => decisions),
  );
  return passed<Authorized>({ ...resolved, subjects, judgement });
}

/** Every decision that let it through. Throws FORBIDDEN, or NOT_FOUND when the subject may not even be seen. */
function granted(lab: Lab, request: Request, subject: Subject): readonly Decision[] {
  const refused = refusal(lab, request, subject);
  if (!refused) return decisions(lab, request, subject).map(({ decision }) => decision);
  if (!subject.draft && !sees(lab, request.principal, subject.type, subject.facts))
    throw notFound(subject.type, subject.typed);
  const { on, decision } = refused;
  if (refused.node && !sees(lab, request.principal, 'vm', refused.node)) throw partly(subject);
  const why = decision.reason ?? 'No rule of yours allows it.';
  throw new LabError(
    'FORBIDDEN',
    `Policy refuses "${subject.action}" on ${on}: ${why} ${bracketed(named(decision.rule))}`,
    {
      details: { action: subject.action, on, rule: named(decision.rule), policy: lab.policy.hash },
    },
  );
}

/** Nodes that one may not even see are not named, nor is the rule that hides them. */
const partly = ({ type, typed, action }: Subject): LabError =>
  new LabError('FORBIDDEN', `Policy refuses "${action}" on ${type} "${typed}": not all of it is yours to use.`, {
    details: { action, on: `${type} "${typed}"`, rule: '(hidden)' },
  });

/** A thing of a list, with those of its nodes that may be seen; nothing when it may not be seen itself. */
function visible(lab: Lab, request: Request, subject: Subject) {
  const [whole, ...nodes] = decisions(lab, request, subject);
  if (whole?.decision.effect !== 'allow') return [];
  const seen = new Set(nodes.filter(({ decision }) => decision.effect === 'allow').map(({ node }) => node?.id));
  return [{ subject: { ...subject, nodes: subject.nodes.filter(({ id }) => seen.has(id)) }, decision: whole.decision }];
}

const refusal = (lab: Lab, request: Request, subject: Subject) =>
  decisions(lab, request, subject).find(({ decision }) => decision.effect === 'deny');

function decisions({ policy }: Lab, { principal }: Request, { type, action, facts, nodes, typed }: Subject) {
  const decide = <T extends keyof Subjects>(on: string, kind: T, thing: Subjects[T], node?: Vm) => ({
    ...{ on, node },
    decision: policy.decide(principal, action, kind, attributesOf(kind, thing, principal)),
  });
  return [
    decide(`${type} "${typed}"`, type, facts),
    ...nodes.map((node) => decide(`vm "${typed}/${node.name}"`, 'vm', node, node)),
  ];
}

/** The one that wants to be surest wins over any number that do not; only all of them together can do without a question. */
function summed(policy: string, decisions: readonly Decision[]): Judgement {
  const deciding = decisions.flatMap(({ rule, confirmRule }) => (confirmRule ? [rule, confirmRule] : [rule]));
  const rules = [...new Set(deciding.map(named))];
  const said = decisions.flatMap(({ confirm }) => (confirm ? [confirm] : []));
  const confirm = strongest(said);
  const unasked = confirm === 'none' && (said.length === 0 || said.length < decisions.length);
  return { rules, policy, ...(unasked ? {} : { confirm }) };
}

/** File, line and id, without the folders of this host; a default has no place in a file, and comes in brackets already. */
const named = (rule: string): string => (rule.startsWith('(') ? rule : rule.replace(/^.*\//, ''));
const bracketed = (rule: string): string => (rule.startsWith('(') ? rule : `(${rule})`);
