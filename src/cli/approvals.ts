import { plainLine } from '../kernel/legible.ts';
import { LabError } from '../sdk/index.ts';
import { askLab, words } from './ask-lab.ts';
import { plainJson } from './plain.ts';

/** `labwarden approvals`: what waits for people. */
export async function approvals(args: readonly string[]): Promise<number> {
  const { config, has } = words(args, 'approvals [--json] [--config FILE]', 0, { json: 'boolean' });
  const found = await askLab({ do: 'approvals' }, config);
  if (has('json')) return said(plainJson(found));
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
  const { config, has } = words(args, 'grants [--json] [--config FILE]', 0, { json: 'boolean' });
  const found = await askLab({ do: 'grants' }, config);
  if (has('json')) return said(plainJson(found));
  if (found.grants.length === 0) return said('Nothing is granted beyond single calls.');
  const lines = found.grants.map(({ id, user, reach, whole, left, calls, approver, expiresAt }) => {
    const things = reach.subjects.map(({ type, name }) => `${type} ${name}`).join(', ');
    return `${id.slice(0, 8)}  ${user}: ${left} of ${calls} calls of ${reach.tool} on ${things}${whole ? ' and all its nodes' : ''}  by ${approver}, until ${expiresAt}`;
  });
  return said(lines.map(plainLine).join('\n'));
}

/** `labwarden grant revoke ID` */
export async function grant(args: readonly string[]): Promise<number> {
  const usage = 'grant revoke ID [--config FILE]';
  const { named, config } = words(args, usage, 2);
  const [verb, id] = named;
  if (verb !== 'revoke' || id === undefined) throw new LabError('INVALID_INPUT', `It is: labwarden ${usage}.`);
  const { reach, left } = await askLab({ do: 'revoke', id }, config);
  return said(`Revoked: ${left} calls of ${reach.tool} that were left are asked about again.`);
}

function said(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}
