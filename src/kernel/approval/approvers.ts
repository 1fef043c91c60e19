import { canonical, labelledDigest } from '../../document/document.ts';
import { attributesOf } from '../../policy/index.ts';
import type { Principal, Subjects, SubjectType } from '../../sdk/index.ts';
import type { ApprovalAnswer, Approver } from '../../state/index.ts';
import type { Subject, SubjectMap } from '../call/steps.ts';
import type { Lab } from '../lab.ts';
import type { Shown } from './shown.ts';
import { bytesOf, isSigned, type Statement, statement } from './statement.ts';

/** Those whose signature counts today: let in by those who came before, and not removed since. */
export async function registered({ state }: Pick<Lab, 'state'>): Promise<readonly Approver[]> {
  const trusted: Approver[] = [];
  for (const one of await state.approvers()) if (isVouched(one, trusted, state.labId)) trusted.push(one);
  return trusted.filter(({ removedAt }) => removedAt === undefined);
}

/** The first is trusted because it was first. For every other one, an approver before it has signed its very name, user and key. */
function isVouched({ name, user, key, proof }: Approver, before: readonly Approver[], lab: string): boolean {
  if (before.length === 0) return true;
  const { shown, answers } = proof as Vouching;
  return (
    canonical(Object(shown).input) === canonical({ name, user, key }) &&
    answers.length > 0 &&
    answers.every((answer) => {
      const said = saidBy(answer, before, { lab, shown: labelledDigest(shown) });
      return said?.decision === 'approve';
    })
  );
}

/** What lets an approver in. */
export interface Vouching {
  readonly shown: Shown;
  readonly answers: readonly ApprovalAnswer[];
}

/** What was signed, when it was: by one of these approvers, for this. */
export function saidBy(
  answer: ApprovalAnswer,
  approvers: readonly Approver[],
  must: Partial<Statement>,
): Statement | undefined {
  const said = statement.safeParse(answer.statement).data;
  const approver = approvers.find(({ name }) => name === answer.approver && name === said?.approver);
  if (!said || !approver || !isSigned(bytesOf(said), approver.key, answer.signature)) return undefined;
  const other = Object.entries(must).some(([key, value]) => Reflect.get(said, key) !== value);
  return other ? undefined : said;
}

/** As policy sees an approver. Their key proves who they are; groups are of a login, which this is not. */
export const principalOf = ({ user }: Pick<Approver, 'user'>): Principal => ({ user, groups: [], via: 'cli' });

/** One thing that an approver must be allowed to approve for: its facts as policy sees them. */
export interface Judged {
  readonly type: SubjectType;
  readonly id: string;
  /** Without what no policy speaks of. */
  readonly facts: object;
}

/** Everything that a call touches, and every node of it. */
export const judgedOf = (subjects: SubjectMap): readonly Judged[] =>
  Object.values(subjects)
    .flat()
    .flatMap((subject: Subject) => [
      judged(subject.type, subject.facts),
      ...subject.nodes.map((node) => judged('vm', node)),
    ]);

const judged = <T extends SubjectType>(type: T, facts: Subjects[T]): Judged => {
  const { spec, ...rest }: { readonly spec?: unknown } & Subjects[T] = facts;
  return { type, id: facts.id, facts: rest };
};

/** Whether policy lets this person say yes to a call on all of these. */
export const mayApprove = ({ policy }: Lab, approver: Pick<Approver, 'user'>, things: readonly Judged[]): boolean =>
  things.every(({ type, facts }) => {
    const who = principalOf(approver);
    // They are of this type: `judgedOf` took them from one.
    return policy.decide(who, 'approve', type, attributesOf(type, facts as never, who)).effect === 'allow';
  });
