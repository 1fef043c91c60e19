import type { Explanation } from '../../policy/analysis/index.ts';
import type { Asked } from './explain.ts';

type Otherwise = Explanation['otherwise'][number];

/** An explanation for a person at a terminal. */
export function explanationText({ who, action, type, attributes, assumed }: Asked, found: Explanation): string {
  const { decision, roles, misses, otherwise } = found;
  const said = Object.entries(attributes).filter(([name]) => !assumed.includes(name));
  const usual = assumed.map((name) => `${name}=${attributes[name]}`).join(' ');
  return [
    `${decision.effect === 'allow' ? 'yes' : 'no'}: ${who.user} "${action}" on ${type} ${said.map(([name, value]) => `${name}=${value}`).join(' ')}`.trimEnd(),
    ...(usual === '' ? [] : [`  taken as usual  ${usual}`]),
    `  roles           ${roles.join(', ') || 'none'}`,
    `  decided by      ${decision.rule}`,
    ...(decision.reason === undefined ? [] : [`  reason          ${decision.reason}`]),
    ...(decision.effect === 'allow' ? [`  asked first     ${question(found)}`] : []),
    ...misses.map(
      ({ rule, wants }) =>
        `  nearest         ${rule} wants ${wants.map(({ condition, is }) => `${condition} (it is ${is === '' ? "''" : is})`).join(', ')}`,
    ),
    ...otherwise.map((one) => `  otherwise       ${one.change} → ${answerText(one)}`),
  ].join('\n');
}

const question = ({ level, decision: { confirmRule } }: Explanation): string => {
  const why = confirmRule ?? (level === 'none' ? 'no rule asks' : 'no rule says otherwise of what destroys');
  return `${level} (${why})`;
};

function answerText({ answer: { effect, rule, level, confirmRule } }: Otherwise): string {
  if (effect === 'deny') return `no, ${rule}`;
  return `yes, ${rule}${level === 'none' ? '' : `, asked: ${level}${confirmRule === undefined ? '' : ` (${confirmRule})`}`}`;
}
