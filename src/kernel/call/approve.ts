import { randomBytes } from 'node:crypto';
import { labelledDigest } from '../../document/document.ts';
import { LabError, type Preview } from '../../sdk/index.ts';
import type { Approval } from '../../state/index.ts';
import { judgedOf, registered } from '../approval/approvers.ts';
import { reachOf } from '../approval/session-grants.ts';
import { type About, type Shown, shortId } from '../approval/shown.ts';
import { askOnce, isEligible, type Standing, standings } from '../approval/standing.ts';
import type { Lab } from '../lab.ts';
import { plainLine } from '../legible.ts';
import type { Bound, Consent } from './steps.ts';

/** What is to be approved, and how surely. */
export interface Plan {
  readonly level: 'human' | 'two-person';
  readonly plan: string;
  readonly preview: Preview;
  /** What approvers type. */
  readonly expect: string;
}

/** Goes on with people's signatures under exactly this plan, or with a grant that one of them gave; else says how to get them. */
export async function approved(lab: Lab, bound: Bound, plan: Plan): Promise<Consent> {
  const all = await standings(lab);
  const about = all.filter(({ open }) => open.call === callOf(bound));
  const known = about.find(({ open }) => open.plan === plan.plan);
  if (known?.no) throw declined(known.no);
  if (known?.enough) return { spends: known.open.id, by: known.yes.map(({ name }) => name) };
  const grant = plan.level === 'human' ? lab.sessionGrants.covering(lab, bound) : undefined;
  if (grant) return { uses: grant.id, by: [grant.approver] };
  if (known) throw required(known);
  throw await askPeople(lab, bound, plan, about.some(({ yes }) => yes.length > 0) ? 'CONFIRMATION_STALE' : undefined);
}

/** An error that says who has to do what. Written down first, so that it can be done. */
export async function askPeople(
  lab: Lab,
  bound: Bound,
  { level, plan, preview, expect }: Plan,
  stale?: 'CONFIRMATION_STALE',
): Promise<LabError> {
  const { request, operation, input } = bound;
  const { user, agent, via } = request.principal;
  const lastsMs = lab.confirmation.lastsMs[level];
  const [askedAt, expiresAt] = [0, lastsMs].map((ms) => new Date(lab.now().getTime() + ms).toISOString());
  const times = { askedAt: String(askedAt), expiresAt: String(expiresAt) };
  const by = { user, ...(agent !== undefined && { agent }), via };
  const reach = reachOf(bound);
  const approval: Approval = {
    ...{ id: randomBytes(16).toString('hex'), plan, user, level, call: callOf(bound), ...times },
    needs: level === 'human' ? 1 : 2,
    ...(request.session !== undefined && { session: request.session }),
    shown: { tool: operation.name, input, by, preview, expect, level, ...times } satisfies Shown,
    about: { of: 'call', judged: judgedOf(bound.subjects), ...(reach && { reach }) } satisfies About,
  };
  const [open] = await Promise.all([standings(lab), refuseNobody(lab, approval)]);
  refuseMany(open, user);
  const id = await askOnce(lab, approval);
  return required({ open: { ...approval, id, answers: [] }, yes: [], enough: false }, stale);
}

const callOf = ({ operation, request, input }: Bound): string =>
  labelledDigest({ tool: operation.name, user: request.principal.user, input });

/** Nothing waits that nobody could ever say yes to, and nothing is ever let through because nobody could. */
async function refuseNobody(lab: Lab, approval: Approval): Promise<void> {
  const approvers = await registered(lab);
  const able = approvers.filter((approver) => isEligible(lab, approver, approval));
  if (new Set(able.map(({ user }) => user)).size >= approval.needs) return;
  const wanted = approval.needs === 1 ? 'a person' : 'two people other than you';
  const sentence =
    approvers.length === 0
      ? 'but this lab has no approver yet. Its admin runs "labwarden approver add NAME" in a terminal.'
      : 'but too few of this lab’s approvers may. Its admin allows them "approve" in the policy, or adds another with "labwarden approver add NAME".';
  throw new LabError('FORBIDDEN', `Policy wants ${wanted} to approve this, ${sentence} Nothing was done.`, {
    details: { level: approval.level, needs: approval.needs, approvers: approvers.length },
  });
}

const mostOpen = 16;

/** Whoever is asked too much stops reading. */
function refuseMany(all: readonly Standing[], user: string): void {
  const open = all.filter((one) => one.open.user === user && !one.enough && !one.no);
  if (open.length < mostOpen) return;
  throw new LabError(
    'LIMIT_EXCEEDED',
    `${open.length} of your calls wait for people already. Have them answered, or wait until their time is over.`,
  );
}

function required({ open, yes }: Standing, stale?: 'CONFIRMATION_STALE'): LabError {
  const { id, level, needs, expiresAt, plan, shown } = open;
  const who = needs === 1 ? 'A person must approve it' : `${needs} people other than you must approve it`;
  const given = yes.length > 0 ? ` ${yes.length} of ${needs} have.` : '';
  const changed = stale ? 'What would happen has changed since it was approved. ' : '';
  const sentence = `${changed}${who} where you cannot: in a terminal, they run "labwarden approve ${shortId(id)}" before ${expiresAt}.${given} Then repeat the very same call.`;
  const { preview } = shown as Shown;
  return new LabError(stale ?? 'CONFIRMATION_REQUIRED', sentence, {
    details: { approval: id, level, needs, given: yes.length, expires_at: expiresAt, plan, preview },
  });
}

const declined = ({ by, reason }: NonNullable<Standing['no']>) =>
  new LabError(
    'DECLINED',
    `${by.name} said no${reason === undefined ? '' : `: ${plainLine(reason).replace(/\.$/, '')}`}. Nothing was done; ask again only when something has changed.`,
  );
