import { plainLine } from '../kernel/legible.ts';
import { askLab } from './ask-lab.ts';
import { optionsOf, verbOf } from './options.ts';
import { plainJson } from './plain.ts';
import { counted, print } from './print.ts';

const options = { config: 'FILE', json: '' } as const;

/** `labwarden approvals`: what waits for people. */
export async function approvals(args: readonly string[]): Promise<number> {
  const { config, json } = optionsOf(args, { command: 'approvals', options }).values;
  const found = await askLab({ do: 'approvals' }, config);
  if (json) return said(plainJson(found));
  if (found.approvals.length === 0) return said('Nothing waits for approval.');
  const lines = found.approvals.map(({ id, tool, by, summary, given, needs, denied_by, asked_at, expires_at }) => {
    const stands = denied_by === undefined ? `${given.length} of ${needs}` : `denied by ${denied_by}`;
    const who = by.agent === undefined ? by.user : `${by.user} (${by.agent})`;
    return `${id.slice(0, 8)}  ${stands}  ${who}  ${tool}: ${summary}  since ${asked_at}, until ${expires_at}`;
  });
  return said(lines.map(plainLine).join('\n'));
}

/** `labwarden grants`: what approvers said yes to beyond one call. */
export async function grants(args: readonly string[]): Promise<number> {
  const { config, json } = optionsOf(args, { command: 'grants', options }).values;
  const found = await askLab({ do: 'grants' }, config);
  if (json) return said(plainJson(found));
  if (found.grants.length === 0) return said('Nothing is granted beyond single calls.');
  const lines = found.grants.map(({ id, user, reach, whole, left, calls, approver, expiresAt }) => {
    const things = reach.subjects.map(({ type, name }) => `${type} ${name}`).join(', ');
    return `${id.slice(0, 8)}  ${user}: ${left} of ${counted(calls, 'call')} of ${reach.tool} on ${things}${whole ? ' and all its nodes' : ''}  by ${approver}, until ${expiresAt}`;
  });
  return said(lines.map(plainLine).join('\n'));
}

/** `labwarden grant revoke ID` */
export async function grant([verb, ...args]: readonly string[]): Promise<number> {
  verbOf('grant', verb, ['revoke']);
  const { words, values } = optionsOf(args, { command: 'grant revoke', words: ['ID'], options: { config: 'FILE' } });
  const { reach, left } = await askLab({ do: 'revoke', id: words[0] ?? '' }, values.config);
  return said(
    left === 1
      ? `Revoked: the call of ${reach.tool} that was left is asked about again.`
      : `Revoked: ${left} calls of ${reach.tool} that were left are asked about again.`,
  );
}

function said(text: string): number {
  print(text);
  return 0;
}
