import { type Grant, type WhoCan, whoCan } from '../../policy/analysis/index.ts';
import { optionsOf, wrong } from '../options.ts';
import { print, printJson } from '../print.ts';
import { laidFrom, listOf, opened } from './open.ts';
import { wanted } from './wanted.ts';

const takes = {
  command: 'policy whocan',
  words: ['ACTION', 'TYPE', '[attribute=value…]'],
  options: { policies: 'FILES', config: 'FILE', json: '' },
} as const;

/** Who may do something. 0 somebody; 1 nobody; 2 not answered. */
export async function whoMay(args: readonly string[]): Promise<number> {
  const { values, words } = optionsOf(args, takes);
  const lab = await opened(values.config);
  const laid = await laidFrom(lab, listOf(values.policies) ?? lab.config.policies);
  const { action, type, name, given } = wanted(words, laid.vocabulary, takes);
  if (name !== undefined) throw wrong(`"${type}:${name}" is one thing; name the type, and attributes behind it`, takes);
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
