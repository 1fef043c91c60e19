import type { AuditEntry } from '../../audit/index.ts';
import { LabError } from '../../sdk/index.ts';
import type { Approver, OpenApproval } from '../../state/index.ts';
import type { Lab } from '../lab.ts';
import { plainLine } from '../legible.ts';
import { principalOf, registered } from './approvers.ts';
import { changeApprovers } from './enrol.ts';
import type { SessionGrant } from './session-grants.ts';
import { aboutOf, shownOf } from './shown.ts';
import { isEligible, isOver, mustSay, standings } from './standing.ts';
import { bytesOf, fingerprint, isSigned, type Statement } from './statement.ts';

export interface Answered {
  readonly tool: string;
  readonly decision: 'approve' | 'deny';
  /** How many have said yes, of how many. */
  readonly given: number;
  readonly needs: number;
  /** Whose no stands against it, whoever says yes. */
  readonly denied_by?: string;
  readonly grant?: SessionGrant;
}

/** All that raises alarms over signatures counts as one session: only refusals are slowed down, and no honest answer. */
export const signatures = 'signatures';

/** Takes an approver's answer, by the signature under it and by nothing else: `from` is only told of. Throws FORBIDDEN, with an alarm, when it is none. */
export async function answer(lab: Lab, from: string, said: Statement, signature: string): Promise<Answered> {
  const by = (await registered(lab)).find(({ name }) => name === said.approver);
  if (!by) throw forged(lab, from, said, 'signature of nobody', `There is no approver "${said.approver}".`);
  if (!isSigned(bytesOf(said), by.key, signature))
    throw forged(lab, from, said, 'bad signature', `This is not signed by the key of "${by.name}".`);
  const open = await meant(lab, from, by, said);
  if (!isEligible(lab, by, open)) throw notTheirs(by, open);
  await lab.audit.append(line(lab, by, open, said, signature));
  await lab.state.answerApproval(open.id, { approver: by.name, statement: said, signature });
  await lab.state.durable();
  return await consequences(lab, by, open, said);
}

/** The approval that the statement is about, if it names everything of it. */
async function meant(lab: Lab, from: string, by: Approver, said: Statement): Promise<OpenApproval> {
  const open = (await lab.state.openApprovals()).find(({ id }) => id === said.approval);
  if (said.lab !== lab.state.labId)
    throw forged(lab, from, said, 'signature for another lab', 'It was signed for another lab.');
  if (!open) throw new LabError('NOT_FOUND', 'No such approval is open: it was used, replaced or never asked for.');
  const other = Object.entries(mustSay(lab, open)).some(([key, value]) => Reflect.get(said, key) !== value);
  if (other) throw forged(lab, from, said, 'signature for another plan', 'It was signed for something else than this.');
  if (isOver(lab, open)) throw new LabError('NOT_FOUND', 'The time of this approval is over. Have the call repeated.');
  const [at, now, asked] = [said.at, lab.now(), open.askedAt].map((when) => new Date(when).getTime());
  if (!at || !now || !asked || at > now + clockMs || at < asked - clockMs)
    throw forged(lab, from, said, 'signature of another time', 'It was signed at another time; is the clock right?');
  if (open.answers.some(({ approver }) => approver === by.name))
    throw new LabError('CONFLICT', `${by.name} has answered this already.`);
  if (said.grant && (said.decision === 'deny' || open.level !== 'human' || !aboutOf(open).reach || !open.session))
    throw new LabError('INVALID_INPUT', 'More calls can be granted only with a yes to one that needs one person.');
  return open;
}

/** Two programs on one host hardly disagree by more. */
const clockMs = 2 * 60_000;

/** Who claims to have signed is no witness: the alarm is about whoever sent it. */
function forged(lab: Lab, from: string, said: Statement, what: string, sentence: string): LabError {
  const who = { user: from, groups: [], via: 'cli' } as const;
  const data = { approval: said.approval, claimed: said.approver };
  lab.alarms.raise({ what, who, session: signatures, act: 'approve', data });
  return new LabError('FORBIDDEN', `${sentence} Nothing was approved.`);
}

const notTheirs = (by: Approver, { level, user }: OpenApproval) =>
  new LabError(
    'FORBIDDEN',
    level === 'two-person' && by.user === user
      ? `${by.name} asked for this as ${user}: two others have to approve it.`
      : `Policy does not let ${by.name} (user ${by.user}) "approve" on everything that this touches.`,
  );

const line = (lab: Lab, by: Approver, open: OpenApproval, said: Statement, signature: string): AuditEntry => ({
  ...{ kind: 'confirmation', op: open.id, who: principalOf(by), act: shownOf(open).tool, plan: open.plan },
  decision: { effect: said.decision === 'approve' ? 'allow' : 'deny', rule: 'approval', policy: lab.policy.hash },
  data: { asked_by: open.user, statement: said, signature, key: fingerprint(by.key) },
});

async function consequences(lab: Lab, by: Approver, open: OpenApproval, said: Statement): Promise<Answered> {
  const now = (await standings(lab)).find((one) => one.open.id === open.id);
  if (now?.enough && aboutOf(open).of === 'approvers') await changeApprovers(lab, now.open);
  const { reach } = aboutOf(open);
  // While the no of another stands, a yes lets nothing through: neither this call nor more of them.
  if (said.decision === 'deny') lab.sessionGrants.revokeOf(open.id);
  const grant =
    now?.enough && said.grant && reach && open.session
      ? lab.sessionGrants.give(lab, said.grant, {
          ...{ approval: open.id, approver: by.name, user: open.user, session: open.session, reach },
        })
      : undefined;
  const { tool } = shownOf(open);
  // What was used by now, or made, had enough.
  const given = now?.yes.length ?? open.answers.length + 1;
  lab.log('info', `${said.decision}: ${tool}`, {
    approval: open.id,
    approver: by.name,
    reason: plainLine(said.reason ?? ''),
  });
  const denied = said.decision === 'approve' && now?.no ? { denied_by: now.no.by.name } : {};
  return { tool, decision: said.decision, given, needs: open.needs, ...denied, ...(grant && { grant }) };
}
