import { LabError } from '../sdk/index.ts';
import type { PolicyAnswer } from '../transports/policy-desk.ts';
import { line, policyLines } from './ask.ts';
import { optionsOf } from './options.ts';
import { print } from './print.ts';

const options = { config: 'FILE' } as const;

/** Tells the lab server to read its policy files now. */
export const reloadPolicy = (args: readonly string[]): Promise<number> =>
  told({ ask: 'reload-policy' }, optionsOf(args, { command: 'policy reload', options }).values.config);

/** `HASH [--config FILE]`: takes the policy that waits, and no other. */
export async function acceptPolicy(args: readonly string[]): Promise<number> {
  const { words, values } = optionsOf(args, { command: 'policy accept', words: ['HASH'], options });
  const [policy = ''] = words;
  if (/^[0-9a-f]{64}$/.test(policy)) return await told({ ask: 'accept-policy', policy }, values.config);
  throw new LabError(
    'INVALID_INPUT',
    'Name the policy that waits by its hash, 64 digits; `labwarden status` shows it.',
  );
}

async function told(question: object, config: string | undefined): Promise<number> {
  const answer = await line<PolicyAnswer>(question, config);
  if (!answer)
    throw new LabError('CONFLICT', 'No lab server runs for this config; the next one reads the files when it starts.');
  if ('error' in answer) throw new LabError(answer.error.code, answer.error.message);
  print(policyLines(answer.data).join('\n'));
  return answer.data.problem === undefined ? 0 : 1;
}
