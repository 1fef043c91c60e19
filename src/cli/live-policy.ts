import { LabError } from '../sdk/index.ts';
import type { PolicyAnswer } from '../transports/policy-desk.ts';
import { line, policyLines } from './ask.ts';

/** Tells the lab server to read its policy files now. */
export const reloadPolicy = (args: readonly string[]): Promise<number> => told({ ask: 'reload-policy' }, args);

/** `HASH [--config FILE]`: takes the policy that waits, and no other. */
export function acceptPolicy([policy = '', ...args]: readonly string[]): Promise<number> {
  if (/^[0-9a-f]{64}$/.test(policy)) return told({ ask: 'accept-policy', policy }, args);
  throw new LabError(
    'INVALID_INPUT',
    'Name the policy that waits by its hash, 64 digits; `labwarden status` shows it.',
  );
}

async function told(question: object, args: readonly string[]): Promise<number> {
  const answer = await line<PolicyAnswer>(question, args);
  if (!answer)
    throw new LabError('CONFLICT', 'No lab server runs for this config; the next one reads the files when it starts.');
  if ('error' in answer) throw new LabError(answer.error.code, answer.error.message);
  process.stdout.write(`${policyLines(answer.data).join('\n')}\n`);
  return answer.data.problem === undefined ? 0 : 1;
}
