import type { Sheet } from '../kernel/approval/desk.ts';
import type { Statement } from '../kernel/approval/statement.ts';

/** All that an approver has to read before they sign; each line is made safe where it is written. */
export function reading(
  { id, lab, shown, given, needs, grantable }: Sheet,
  { decision, grant }: Pick<Statement, 'decision' | 'grant'>,
): readonly string[] {
  const { tool, input, by, preview, level, askedAt, expiresAt } = shown;
  const agent = by.agent === undefined ? '' : `, through a program that calls itself "${by.agent}"`;
  const have = given.length > 0 ? `; ${given.join(', ')} said yes` : '';
  return [
    '',
    `${by.user}${agent}, asks for:`,
    `  ${tool} ${JSON.stringify(input)}`,
    '',
    'What would happen:',
    `  ${preview.summary}`,
    ...preview.effects.map((effect) => `  - ${effect}`),
    '',
    `Level ${level}, ${needs} of you needed${have}. Asked ${askedAt}, until ${expiresAt}.`,
    `Approval ${id} of lab ${lab.slice(0, 8)}.`,
    ...(decision === 'approve' && grant ? granting(tool, by.user, grant, grantable) : []),
    '',
  ];
}

const granting = (
  tool: string,
  user: string,
  { calls, minutes, whole }: NonNullable<Statement['grant']>,
  grantable: boolean,
) =>
  grantable
    ? [
        '',
        `You also grant ${user} the next ${calls} calls of ${tool}, for ${minutes} minutes, on this connection only:`,
        `  as strong as this one, on the same things${whole ? ' with all their nodes' : ' and nodes'}, whatever else they say. Nobody is asked again.`,
      ]
    : ['', 'More calls cannot be granted with this one.'];
