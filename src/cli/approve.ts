import { sign } from 'node:crypto';
import { labelledDigest } from '../document/document.ts';
import type { Answered } from '../kernel/approval/answer.ts';
import type { Sheet } from '../kernel/approval/desk.ts';
import { bytesOf, type GrantTerms, type Statement } from '../kernel/approval/statement.ts';
import { LabError } from '../sdk/index.ts';
import { keyNames, keysFolder, openKey } from './approver-key.ts';
import { askLab, type Words, words } from './ask-lab.ts';
import { reading } from './sheet.ts';
import { openTerminal, type Terminal } from './terminal.ts';

const options = { as: 'string', grant: 'string', minutes: 'string', whole: 'boolean' } as const;

/** `labwarden approve ID`: a person reads what would happen, types the thing's name, and signs. */
export async function approve(args: readonly string[]): Promise<number> {
  const usage = 'approve ID [--as NAME] [--grant CALLS --minutes MINUTES [--whole]] [--config FILE]';
  const typed = words(args, usage, 1, options);
  const grant = termsOf(typed, usage);
  const said = await answered(typed, { decision: 'approve', ...(grant && { grant }) }, usage);
  const { given, needs, tool, denied_by, grant: given2 } = said;
  const more = given2
    ? ` ${given2.calls} more calls are granted until ${given2.expiresAt}: grant ${given2.id.slice(0, 8)}.`
    : '';
  const next = denied_by
    ? `Your yes is written down, and ${denied_by} has said no: ${tool} does not go on.`
    : given < needs
      ? `${given} of ${needs} have approved ${tool}.`
      : `${tool} is approved${tool.startsWith('approver ') ? ', and done' : '; it goes on when it is asked for again'}.`;
  process.stdout.write(`${next}${more}\n`);
  return 0;
}

/** `labwarden deny ID [REASON]`: the same for a no, which stands until its time is over. */
export async function deny(args: readonly string[]): Promise<number> {
  const usage = 'deny ID [REASON] [--as NAME] [--config FILE]';
  const typed = words(args, usage, 2, { as: 'string' });
  const [, reason] = typed.named;
  const { tool } = await answered(typed, { decision: 'deny', ...(reason !== undefined && { reason }) }, usage);
  process.stdout.write(`${tool} is denied.\n`);
  return 0;
}

function termsOf({ text, has }: Words, usage: string): GrantTerms | undefined {
  const [grant, minutes, whole] = [text('grant'), text('minutes'), has('whole')];
  if (grant === undefined && minutes === undefined && !whole) return undefined;
  const terms = { calls: Number(grant), minutes: Number(minutes), whole };
  const fits = Number.isInteger(terms.calls) && terms.calls >= 1 && terms.calls <= 20;
  if (fits && Number.isInteger(terms.minutes) && terms.minutes >= 1 && terms.minutes <= 60) return terms;
  throw new LabError('INVALID_INPUT', `1 to 20 calls may be granted for 1 to 60 minutes: labwarden ${usage}.`);
}

type Saying = Pick<Statement, 'decision' | 'reason' | 'grant'>;

async function answered({ named: [id], config, text }: Words, saying: Saying, usage: string): Promise<Answered> {
  if (id === undefined)
    throw new LabError('INVALID_INPUT', `Which one? labwarden approvals shows them: labwarden ${usage}.`);
  const sheet = await askLab({ do: 'approval', id }, config);
  const name = mine(text('as'));
  using terminal = openTerminal();
  const { statement, signature } = await signed(terminal, sheet, name, saying);
  return await askLab({ do: 'answer', statement, signature }, config);
}

/** The key that was named, or the only one there is. */
function mine(as: string | undefined): string {
  if (as !== undefined) return as;
  const [only, other] = keyNames(keysFolder());
  if (only === undefined)
    throw new LabError('NOT_FOUND', 'You have no approver key: labwarden approver add NAME makes one.');
  if (other === undefined) return only;
  throw new LabError('INVALID_INPUT', `You have several keys: say --as ${keyNames(keysFolder()).join(' or --as ')}.`);
}

async function signed(terminal: Terminal, sheet: Sheet, approver: string, saying: Saying) {
  for (const line of reading(sheet, saying)) terminal.say(line);
  const { expect } = sheet.shown;
  const typed = await terminal.ask(`Type "${expect}" to ${saying.decision} it as ${approver}: `);
  if (typed !== expect) throw new LabError('DECLINED', `"${expect}" was to be typed. Nothing was signed.`);
  const key = openKey(keysFolder(), approver, await terminal.secret(`Passphrase of ${approver}: `));
  const statement: Statement = {
    ...{
      lab: sheet.lab,
      approval: sheet.id,
      plan: sheet.plan,
      shown: labelledDigest(sheet.shown),
      approver,
      ...saying,
    },
    at: new Date().toISOString(),
  };
  return { statement, signature: sign(null, bytesOf(statement), key).toString('base64') };
}
