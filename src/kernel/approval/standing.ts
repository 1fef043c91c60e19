import { labelledDigest } from '../../document/document.ts';
import type { Approval, Approver, OpenApproval } from '../../state/index.ts';
import type { Lab } from '../lab.ts';
import { mayApprove, registered, saidBy } from './approvers.ts';
import type { About } from './shown.ts';
import type { Statement } from './statement.ts';

/** How an approval stands, counting only what was signed by those who may sign it today. */
export interface Standing {
  readonly open: OpenApproval;
  readonly yes: readonly Approver[];
  readonly no?: { readonly by: Approver; readonly reason?: string };
  readonly enough: boolean;
}

/** All that wait, and whose time is not over. */
export async function standings(lab: Lab): Promise<readonly Standing[]> {
  const [open, approvers] = await Promise.all([lab.state.openApprovals(), registered(lab)]);
  const live = open.filter((one) => !isOver(lab, one));
  return live.map((one) => standingOf(lab, one, approvers));
}

export const isOver = ({ deadlines, now, confirmation }: Lab, { id, expiresAt, level }: Approval): boolean =>
  deadlines.over(id, { expiresAt, lastsMs: confirmation.lastsMs[level] }, now());

/** Writes it down, unless it waits already. What is over stays over: it is not asked about again under its old id. */
export async function askOnce(lab: Lab, approval: Approval): Promise<string> {
  const over = (await lab.state.openApprovals()).filter((one) => isOver(lab, one));
  const id = await lab.state.askApproval(
    approval,
    over.map((one) => one.id),
  );
  if (id === approval.id) lab.deadlines.begin(id, lab.confirmation.lastsMs[approval.level]);
  return id;
}

function standingOf(lab: Lab, open: OpenApproval, approvers: readonly Approver[]): Standing {
  const said = open.answers.flatMap((answer) => {
    const by = approvers.find(({ name }) => name === answer.approver);
    const statement = saidBy(answer, approvers, mustSay(lab, open));
    return by && statement && isEligible(lab, by, open) ? [{ by, statement }] : [];
  });
  const yes = said.filter(({ statement }) => statement.decision === 'approve').map(({ by }) => by);
  const no = said.find(({ statement }) => statement.decision === 'deny');
  const people = new Set(yes.map(({ user }) => user));
  return {
    ...{ open, yes, enough: !no && people.size >= open.needs },
    ...(no && { no: { by: no.by, ...(no.statement.reason !== undefined && { reason: no.statement.reason }) } }),
  };
}

/** What a statement has to name, to be about this approval. */
export const mustSay = ({ state }: Lab, { id, plan, shown }: OpenApproval): Partial<Statement> => ({
  ...{ lab: state.labId, approval: id, plan, shown: labelledDigest(shown) },
});

/** At two-person the one who asks does not count, whatever key they hold. */
export function isEligible(
  lab: Lab,
  approver: Approver,
  { level, user, about }: Pick<OpenApproval, 'level' | 'user' | 'about'>,
): boolean {
  const { of, judged } = about as About;
  // Approvers themselves may all share the account from which a change of them was asked for.
  if (of === 'approvers') return true;
  return mayApprove(lab, approver, judged) && (level === 'human' || approver.user !== user);
}
