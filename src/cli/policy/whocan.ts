import { type Grant, type WhoCan, whoCan } from '../../policy/analysis/index.ts';
import { laidFrom, opened } from './open.ts';
import { listOf, optionsOf, print, printJson } from './options.ts';
import { wanted } from './wanted.ts';

const usage = 'whocan ACTION TYPE [attribute=value…] [--policies FILES] [--config FILE] [--json]';
const options = { config: { type: 'string' }, policies: { type: 'string' }, json: { type: 'boolean' } } as const;

/** Who may do something. 0 somebody; 1 nobody; 2 not answered. */
export async function whoMay(args: readonly string[]): Promise<number> {
  const { values, positionals } = optionsOf(args, options, usage);
  const lab = await opened(values.config);
  const laid = await laidFrom(lab, listOf(values.policies) ?? lab.config.policies);
  const { action, type, given } = wanted(positionals, laid.vocabulary, usage);
  const found = whoCan(laid, action, type, given);
  if (values.json) printJson(found);
  else print(text(found));
  return found.able.length > 0 ? 0 : 1;
}

const text = ({ allows, denies, confirms, able }: WhoCan): string =>
  [
    able.length > 0 ? `${able.join(', ')} can, where a line below lets them.` : 'Nobody can.',
    ...allows.map((grant) => `allow ${grantText(grant)}`),
    ...denies.map((grant) => `deny  ${grantText(grant)}`),
    ...confirms.map((grant) => `ask   ${grantText(grant)}: ${grant.level}`),
  ].join('\n');

const grantText = ({ role, rule, where, bound }: Grant): string =>
  `role ${role} (${rule})${where === '' ? '' : ` where ${where}`}: ${bound.length > 0 ? bound.join(', ') : 'given to nobody'}`;
