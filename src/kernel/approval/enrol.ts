import { randomBytes } from 'node:crypto';
import { labelledDigest } from '../../document/document.ts';
import { LabError, type Preview } from '../../sdk/index.ts';
import type { Approval, Approver, OpenApproval } from '../../state/index.ts';
import type { Lab } from '../lab.ts';
import { registered, type Vouching } from './approvers.ts';
import type { Visitor } from './desk.ts';
import { type About, aboutOf, type Shown, shownOf } from './shown.ts';
import { askOnce, isOver } from './standing.ts';
import { claimOf, fingerprint, isSigned, publicKey } from './statement.ts';

export type Candidate = Pick<Approver, 'name' | 'user' | 'key'>;

/** `approval`: what those who are approvers already have to sign first. */
export type Enrolled = { readonly first: true } | { readonly approval: string; readonly needs: number };

/**
 * Wants to be an approver. The first one of a lab is: whoever holds the state folder. For every other one, those who are there
 * already have to sign. Throws INVALID_INPUT for a key that its holder cannot sign with, FORBIDDEN for a first one from another account.
 */
export async function enrol(
  lab: Lab,
  { user: by, holds }: Visitor,
  candidate: Candidate,
  signature: string,
): Promise<Enrolled> {
  const { name, user, key } = candidate;
  publicKey(key);
  if (!isSigned(claimOf({ lab: lab.state.labId, name, user }), key, signature))
    throw new LabError(
      'INVALID_INPUT',
      'Whoever wants to be an approver signs with their own key, and this is not signed with it.',
    );
  const all = await lab.state.approvers();
  if (all.some((one) => one.name === name && one.removedAt === undefined))
    throw new LabError('CONFLICT', `There is an approver "${name}" already.`);
  if (all.length > 0)
    return await askApprovers(lab, by, {
      ...{ tool: 'approver add', input: { name, user, key }, expect: name },
      needs: Math.min(2, people(await registered(lab))),
      preview: {
        summary: `Let "${name}" approve what policy lets user "${user}" approve.`,
        effects: [`Their key is ${fingerprint(key)}. Compare it with what they see on their own screen.`],
      },
    });
  if (!holds) throw new LabError('FORBIDDEN', 'The first approver of a lab is registered by the account that runs it.');
  await record(lab, by, 'approver_add', { first: true, name, user, fingerprint: fingerprint(key) });
  await lab.state.addApprover({ ...candidate, addedAt: lab.now().toISOString(), proof: {} });
  await lab.state.durable();
  return { first: true };
}

/** Wants an approver gone. Those who stay have to sign. */
export async function dismiss(lab: Lab, by: string, name: string): Promise<Enrolled> {
  const all = await registered(lab);
  const others = all.filter((one) => one.name !== name);
  if (others.length === all.length) throw new LabError('NOT_FOUND', `There is no approver "${name}".`);
  if (others.length === 0)
    throw new LabError(
      'CONFLICT',
      'The last approver cannot be removed: then the next one would be trusted unseen. Add another first.',
    );
  return await askApprovers(lab, by, {
    ...{ tool: 'approver remove', input: { name }, expect: name, needs: Math.min(2, people(others)) },
    preview: {
      summary: `Take "${name}" out of the approvers.`,
      effects: ['What they approved and nobody used yet is void.'],
    },
  });
}

const people = (approvers: readonly Approver[]): number => new Set(approvers.map(({ user }) => user)).size;

interface Change {
  readonly tool: 'approver add' | 'approver remove';
  readonly input: object;
  readonly expect: string;
  readonly needs: number;
  readonly preview: Preview;
}

const mostOpen = 16;

async function askApprovers(
  lab: Lab,
  user: string,
  { tool, input, expect, needs, preview }: Change,
): Promise<Enrolled> {
  const level = needs === 1 ? 'human' : 'two-person';
  const lastsMs = lab.confirmation.lastsMs[level];
  const askedAt = lab.now().toISOString();
  const expiresAt = new Date(lab.now().getTime() + lastsMs).toISOString();
  const plan = labelledDigest({ tool, input, lab: lab.state.labId });
  const approval: Approval = {
    // Only whoever asked for a change replaces it by asking again.
    ...{ id: randomBytes(16).toString('hex'), plan, user, level, needs, call: labelledDigest({ plan, user }) },
    ...{ askedAt, expiresAt },
    shown: { tool, input, by: { user, via: 'cli' }, preview, expect, level, askedAt, expiresAt } satisfies Shown,
    about: { of: 'approvers', judged: [] } satisfies About,
  };
  const theirs = (await lab.state.openApprovals()).filter(
    (one) => one.user === user && aboutOf(one).of === 'approvers',
  );
  const open = theirs.filter((one) => !isOver(lab, one));
  if (open.length >= mostOpen)
    throw new LabError('LIMIT_EXCEEDED', `${open.length} changes of the approvers that you want wait already.`);
  const id = await askOnce(lab, approval);
  await lab.state.durable();
  return { approval: id, needs };
}

const underWay = new Map<string, Promise<void>>();

/** Enough have signed. Made once, however many of them sign in the same moment. */
export function changeApprovers(lab: Lab, open: OpenApproval): Promise<void> {
  const change = underWay.get(open.id) ?? make(lab, open).finally(() => underWay.delete(open.id));
  underWay.set(open.id, change);
  return change;
}

async function make(lab: Lab, { id, shown, answers, user }: OpenApproval): Promise<void> {
  const { tool, input } = shownOf({ shown });
  const at = lab.now().toISOString();
  const candidate = input as Candidate;
  const act = tool === 'approver add' ? 'approver_add' : 'approver_remove';
  const key = candidate.key === undefined ? {} : { user: candidate.user, fingerprint: fingerprint(candidate.key) };
  await record(lab, user, act, { approval: id, name: candidate.name, ...key });
  if (tool === 'approver add') {
    const proof = { shown: shownOf({ shown }), answers } satisfies Vouching;
    await lab.state.addApprover({ ...candidate, addedAt: at, proof }, id);
  } else {
    await lab.state.removeApprover(candidate.name, at, id);
    lab.sessionGrants.revokeFrom(candidate.name);
  }
  await lab.state.durable();
}

/** Loud: it is about whose word counts from now on. */
async function record(lab: Lab, user: string, act: string, data: object): Promise<void> {
  lab.log('warn', `${act}: ${JSON.stringify(data)}`);
  await lab.audit.append({ kind: 'confirmation', who: { user, groups: [], via: 'cli' }, act, data });
}
