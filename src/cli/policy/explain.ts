import { assumed, explain, type Laid, wholeThing } from '../../policy/analysis/index.ts';
import { type Attributes, attributesOf } from '../../policy/index.ts';
import { LabError, type Principal, type SubjectType } from '../../sdk/index.ts';
import { optionsOf, wrong } from '../options.ts';
import { print, printJson } from '../print.ts';
import { explanationText } from './explain-text.ts';
import { laidFrom, listOf, type Opened, opened } from './open.ts';
import { pastOf } from './past.ts';
import { thingsNamed } from './things.ts';
import { wanted } from './wanted.ts';

const who = { user: 'NAME', group: 'NAME…', agent: 'NAME' } as const;
const takes = {
  command: 'policy explain',
  words: ['[ACTION]', '[TYPE[:NAME]]', '[attribute=value…]'],
  options: { ...who, call: 'ID', policies: 'FILES', config: 'FILE', json: '' },
} as const;

/** One thing that is asked about. */
export interface Asked {
  readonly who: Principal;
  readonly action: string;
  readonly type: SubjectType;
  readonly attributes: Attributes;
  /** Those that nobody said, and that are taken as usual. */
  readonly assumed: readonly string[];
}

/** Why somebody may do something, or not, and what would change it. 0 they may; 1 they may not; 2 not answered. */
export async function explainOne(args: readonly string[]): Promise<number> {
  const { values, words } = optionsOf(args, takes);
  if (
    values.call !== undefined &&
    (words.length > 0 || Object.keys(who).some((option) => Object.hasOwn(values, option)))
  )
    throw wrong('--call names who, what and on what already; leave those out', takes);
  const lab = await opened(values.config);
  const laid = await laidFrom(lab, listOf(values.policies) ?? lab.config.policies);
  const all = values.call === undefined ? await asked(lab, laid, values, words) : await recorded(lab, values.call);
  const told = all.map((one) => ({
    asked: one,
    found: explain(laid, { ...one, destructive: lab.destructive.has(one.action) }),
  }));
  if (values.json)
    printJson(told.map(({ asked: { attributes, ...rest }, found }) => ({ ...rest, attributes, ...found })));
  else print(told.map(({ asked, found }) => explanationText(asked, found)).join('\n\n'));
  return told.every(({ found }) => found.decision.effect === 'allow') ? 0 : 1;
}

interface Values {
  readonly user?: string;
  readonly group?: readonly string[];
  readonly agent?: string;
}

async function asked(lab: Opened, laid: Laid, values: Values, words: readonly string[]): Promise<readonly Asked[]> {
  const { user, group = [], agent } = values;
  if (user === undefined) throw wrong('Whose call it is must be said with --user, or with --call', takes);
  const { action, type, name, given } = wanted(words, laid.vocabulary, takes);
  const who: Principal = { user, groups: group, via: 'stdio', ...(agent !== undefined && { agent }) };
  if (name === undefined) {
    const attributes = wholeThing(type, given, user);
    return [{ who, action, type, attributes, assumed: assumed(type, given) }];
  }
  if (Object.keys(given).length > 0)
    throw new LabError(
      'INVALID_INPUT',
      `${type}:${name} has its own attributes; leave out its name, or ${Object.keys(given).join(', ')}.`,
    );
  const things = await thingsNamed(lab.config, type, name);
  return things.map((thing) => ({
    who,
    action,
    type: thing.type,
    attributes: attributesOf(thing.type, thing.facts, who),
    assumed: [],
  }));
}

/** A call that the audit log tells of, asked again of the policy as it is now. */
async function recorded(lab: Opened, id: string): Promise<readonly Asked[]> {
  const { calls } = await pastOf(lab.config.audit.dir, undefined, lab);
  const call = calls.findLast((one) => one.id === id);
  if (!call)
    throw new LabError(
      'NOT_FOUND',
      `The audit log keeps no call "${id}" of which it says what was judged; labwarden policy replay lists those there are.`,
    );
  return call.judged.map((one) => ({ who: call.who, ...one, assumed: [] }));
}
