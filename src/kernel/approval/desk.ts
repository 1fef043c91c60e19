import { LabError, z } from '../../sdk/index.ts';
import type { OpenApproval } from '../../state/index.ts';
import type { Lab } from '../lab.ts';
import { pause } from '../pause.ts';
import { type Answered, answer, signatures } from './answer.ts';
import { registered } from './approvers.ts';
import { dismiss, type Enrolled, enrol } from './enrol.ts';
import type { SessionGrant } from './session-grants.ts';
import { type About, type Shown, shortId, shownOf } from './shown.ts';
import { isEligible, type Standing, standings } from './standing.ts';
import { approverName, fingerprint, statement } from './statement.ts';

const id = z.string().regex(/^[0-9a-f]{4,32}$/, 'an id as labwarden approvals shows it, or its first four digits');
const base64 = z.string().regex(/^[A-Za-z0-9+/]{1,200}={0,2}$/, 'base64');
const user = z.string().regex(/^[^*$\p{C}][^*\p{C}]{0,127}$/u, 'a user’s name');

/** What the commands of approvers may ask. Nothing here believes who is at the other end of the socket: only signatures count. */
const asking = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('approvals') }),
  z.strictObject({ do: z.literal('approval'), id }),
  z.strictObject({ do: z.literal('answer'), statement, signature: base64 }),
  z.strictObject({ do: z.literal('approvers') }),
  z.strictObject({ do: z.literal('add'), name: approverName, user, key: base64, signature: base64 }),
  z.strictObject({ do: z.literal('remove'), name: approverName }),
  z.strictObject({ do: z.literal('grants') }),
  z.strictObject({ do: z.literal('revoke'), id }),
]);

export type Asking = z.input<typeof asking>;

export interface Waiting {
  readonly id: string;
  readonly tool: string;
  readonly by: Shown['by'];
  readonly summary: string;
  readonly level: string;
  readonly given: readonly string[];
  readonly needs: number;
  readonly denied_by?: string;
  readonly asked_at: string;
  readonly expires_at: string;
}

/** What an approver has to see and to sign. */
export interface Sheet {
  readonly lab: string;
  readonly id: string;
  readonly plan: string;
  readonly shown: Shown;
  readonly given: readonly string[];
  readonly needs: number;
  /** Whether a yes may reach further than this call. */
  readonly grantable: boolean;
}

export interface KnownApprover {
  readonly name: string;
  readonly user: string;
  readonly fingerprint: string;
  readonly added_at: string;
  readonly removed_at?: string;
  /** False for one whom nobody of those before has signed for: their word counts for nothing. */
  readonly trusted: boolean;
}

export interface Answers {
  approvals: { readonly approvals: readonly Waiting[] };
  approval: Sheet;
  answer: Answered;
  approvers: { readonly lab: string; readonly approvers: readonly KnownApprover[] };
  add: Enrolled;
  remove: Enrolled;
  grants: { readonly grants: readonly SessionGrant[] };
  revoke: SessionGrant;
}

/** Who is at the other end of the socket. It gives nobody a say; it decides what they may read. */
export interface Visitor {
  readonly user: string;
  /** The account that runs the lab, which has the state folder anyway. */
  readonly holds: boolean;
}

/** One question of an approver's command. Throws LabError. */
export async function attend(lab: Lab, by: Visitor, asked: unknown): Promise<Answers[keyof Answers]> {
  const { data, error } = asking.safeParse(asked);
  if (!data)
    throw new LabError(
      'INVALID_INPUT',
      `This is no question for approvers: "${error.issues[0]?.path.join('.')}" wants ${error.issues[0]?.message}.`,
    );
  try {
    return await attended(lab, by, data);
  } catch (reason) {
    // Whoever tries signatures waits. An honest answer never does.
    if (data.do === 'answer') await pause(lab.alarms.waitMs(signatures), new AbortController().signal);
    throw reason;
  }
}

async function attended(lab: Lab, by: Visitor, asked: z.output<typeof asking>): Promise<Answers[keyof Answers]> {
  switch (asked.do) {
    case 'approvals':
      return { approvals: (await theirs(lab, by)).map(waiting) };
    case 'approval':
      return sheet(
        lab,
        one(await theirs(lab, by), asked.id, ({ open }) => open.id),
      );
    case 'answer':
      return await answer(lab, by.user, asked.statement, asked.signature);
    case 'approvers':
      return { lab: lab.state.labId, approvers: await known(lab) };
    case 'add':
      return await enrol(lab, by, { name: asked.name, user: asked.user, key: asked.key }, asked.signature);
    case 'remove':
      return await dismiss(lab, by.user, asked.name);
    case 'grants':
      return { grants: grantsOf(lab, by) };
    case 'revoke':
      return revoke(lab, by, asked.id);
  }
}

/** What others wait for, only those read who could approve it. */
async function theirs(lab: Lab, { user, holds }: Visitor): Promise<readonly Standing[]> {
  const [all, approvers] = await Promise.all([standings(lab), registered(lab)]);
  if (holds) return all;
  const keys = approvers.filter((approver) => approver.user === user);
  return all.filter(({ open }) => open.user === user || keys.some((approver) => isEligible(lab, approver, open)));
}

const grantsOf = (lab: Lab, { user, holds }: Visitor): readonly SessionGrant[] =>
  lab.sessionGrants.live(lab).filter((grant) => holds || grant.user === user);

/** By the first digits of its id, if no other begins so. */
function one<T>(all: readonly T[], typed: string, idOf: (thing: T) => string): T {
  const [found, other] = all.filter((thing) => idOf(thing).startsWith(typed));
  if (!found) throw new LabError('NOT_FOUND', `Nothing that waits, or holds, begins with "${typed}".`);
  if (other) throw new LabError('INVALID_INPUT', `Several begin with "${typed}"; type more of it.`);
  return found;
}

function waiting({ open, yes, no }: Standing): Waiting {
  const { tool, by, preview, level, askedAt, expiresAt } = shownOf(open);
  return {
    ...{ id: open.id, tool, by, summary: preview.summary, level, given: yes.map(({ name }) => name) },
    ...{ needs: open.needs, ...(no && { denied_by: no.by.name }), asked_at: askedAt, expires_at: expiresAt },
  };
}

const sheet = (lab: Lab, { open, yes }: Standing): Sheet => ({
  ...{ lab: lab.state.labId, id: open.id, plan: open.plan, shown: shownOf(open) },
  ...{ given: yes.map(({ name }) => name), needs: open.needs, grantable: grantable(open) },
});

const grantable = ({ level, about, session }: OpenApproval): boolean =>
  level === 'human' && session !== undefined && (about as About).reach !== undefined;

async function known(lab: Lab): Promise<readonly KnownApprover[]> {
  const [all, counting] = await Promise.all([lab.state.approvers(), registered(lab)]);
  return all.map(({ name, user, key, addedAt, removedAt }) => ({
    ...{ name, user, fingerprint: fingerprint(key), added_at: addedAt },
    ...(removedAt !== undefined && { removed_at: removedAt }),
    trusted: removedAt !== undefined || counting.some((one) => one.key === key),
  }));
}

/** Who may see a grant may take it away: it only ever makes people be asked again. */
function revoke(lab: Lab, by: Visitor, typed: string): SessionGrant {
  const grant = one(grantsOf(lab, by), typed, (found) => found.id);
  lab.sessionGrants.revoke(grant.id);
  lab.audit.enqueue({
    ...{ kind: 'confirmation', who: { user: by.user, groups: [], via: 'cli' }, act: 'grant_revoke' },
    data: { grant: grant.id, approval: grant.approval, left: grant.left, short: shortId(grant.id) },
  });
  return grant;
}
