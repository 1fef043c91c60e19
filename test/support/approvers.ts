import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { labelledDigest } from '../../src/document/document.ts';
import { type Answers, type Asking, attend } from '../../src/kernel/approval/desk.ts';
import { bytesOf, claimOf, type Statement } from '../../src/kernel/approval/statement.ts';
import type { Lab } from '../../src/kernel/lab.ts';

/** The account that runs the lab asks at its own socket. */
const holder = { user: 'root', holds: true };

/** What an approver's command asks the lab server, without the socket between. */
export const desk = async <K extends Asking['do']>(
  lab: Lab,
  asked: Extract<Asking, { readonly do: K }>,
): Promise<Answers[K]> => (await attend(lab, holder, asked)) as Answers[K];

/** A person with a key. */
export interface Approver {
  readonly name: string;
  readonly user: string;
  readonly secret: KeyObject;
  /** SPKI, base64. */
  readonly key: string;
}

export function person(name: string, user = name): Approver {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { name, user, secret: privateKey, key: publicKey.export({ format: 'der', type: 'spki' }).toString('base64') };
}

/** Asks to become one. */
export async function candidacy(lab: Lab, { name, user, key, secret }: Approver): Promise<Answers['add']> {
  const claim = claimOf({ lab: lab.state.labId, name, user });
  return await desk(lab, { do: 'add', name, user, key, signature: sign(null, claim, secret).toString('base64') });
}

/** Becomes one, let in by those who are there. */
export async function enrolled(lab: Lab, who: Approver, by: readonly Approver[] = []): Promise<Approver> {
  const asked = await candidacy(lab, who);
  if ('approval' in asked) for (const one of by) await answer(lab, one, asked.approval);
  return who;
}

/** What they would sign of what is shown to them now. */
export async function statementOf(
  lab: Lab,
  { name }: Approver,
  id: string,
  more: Partial<Statement> = {},
): Promise<Statement> {
  const sheet = await desk(lab, { do: 'approval', id });
  return {
    ...{ lab: sheet.lab, approval: sheet.id, plan: sheet.plan, shown: labelledDigest(sheet.shown), approver: name },
    ...{ decision: 'approve', at: lab.now().toISOString(), ...more },
  };
}

export const signatureOf = ({ secret }: Approver, statement: Statement): string =>
  sign(null, bytesOf(statement), secret).toString('base64');

/** Reads, signs and sends. */
export async function answer(
  lab: Lab,
  who: Approver,
  id: string,
  more: Partial<Statement> = {},
): Promise<Answers['answer']> {
  const statement = await statementOf(lab, who, id, more);
  return await desk(lab, { do: 'answer', statement, signature: signatureOf(who, statement) });
}
