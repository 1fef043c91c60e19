import { sign } from 'node:crypto';
import { labelledDigest } from '../document/document.ts';
import type { Answered } from '../kernel/approval/answer.ts';
import type { Sheet } from '../kernel/approval/desk.ts';
import { bytesOf, type GrantTerms, type Statement } from '../kernel/approval/statement.ts';
import { LabError } from '../sdk/index.ts';
import { keyNames, keysFolder, openKey } from './approver-key.ts';
import { askLab } from './ask-lab.ts';
import { optionsOf } from './options.ts';
import { counted, print } from './print.ts';
import { reading } from './sheet.ts';
import { openTerminal, type Terminal } from './terminal.ts';

const signer = { as: 'NAME', config: 'FILE' } as const;
const granting = { grant: 'CALLS', minutes: 'MINUTES', whole: '' } as const;

/** `labwarden approve ID`: a person reads what would happen, types the thing's name, and signs. */
export async function approve(args: readonly string[]): Promise<number> {
  const { words, values } = optionsOf(args, {
    command: 'approve',
    words: ['ID'],
    options: { ...granting, ...signer },
  });
  const terms = termsOf(values);
  const said = await answered(words[0], values, { decision: 'approve', ...(terms && { grant: terms }) });
  const { given, needs, tool, denied_by, grant } = said;
  const more = grant
    ? ` ${counted(grant.calls, 'more call')} ${grant.calls === 1 ? 'is' : 'are'} granted until ${grant.expiresAt}: grant ${grant.id.slice(0, 8)}.`
    : '';
  const next = denied_by
    ? `Your yes is written down, and ${denied_by} has said no: ${tool} does not go on.`
    : given < needs
      ? `${given} of ${needs} ${given === 1 ? 'has' : 'have'} approved ${tool}.`
      : `${tool} is approved${tool.startsWith('approver ') ? ', and done' : '; it goes on when it is asked for again'}.`;
  print(`${next}${more}`);
  return 0;
}

/** `labwarden deny ID [REASON]`: the same for a no, which stands until its time is over. */
export async function deny(args: readonly string[]): Promise<number> {
  const { words, values } = optionsOf(args, { command: 'deny', words: ['ID', '[REASON]'], options: signer });
  const [id, reason] = words;
  const { tool } = await answered(id, values, { decision: 'deny', ...(reason !== undefined && { reason }) });
  print(`${tool} is denied.`);
  return 0;
}

interface Typed {
  readonly as?: string;
  readonly config?: string;
}

interface Terms {
  readonly grant?: string;
  readonly minutes?: string;
  readonly whole?: boolean;
}

function termsOf({ grant, minutes, whole = false }: Terms): GrantTerms | undefined {
  if (grant === undefined && minutes === undefined && !whole) return undefined;
  const terms = { calls: Number(grant), minutes: Number(minutes), whole };
  const fits = Number.isInteger(terms.calls) && terms.calls >= 1 && terms.calls <= 20;
  if (fits && Number.isInteger(terms.minutes) && terms.minutes >= 1 && terms.minutes <= 60) return terms;
  throw new LabError(
    'INVALID_INPUT',
    '1 to 20 calls may be granted, for 1 to 60 minutes: --grant CALLS --minutes MINUTES, and perhaps --whole.',
  );
}

type Saying = Pick<Statement, 'decision' | 'reason' | 'grant'>;

async function answered(id = '', { as, config }: Typed, saying: Saying): Promise<Answered> {
  const sheet = await askLab({ do: 'approval', id }, config);
  const name = mine(as);
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
