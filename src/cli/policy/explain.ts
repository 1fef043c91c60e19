import { assumed, explain, type Laid, wholeThing } from '../../policy/analysis/index.ts';
import { type Attributes, attributesOf } from '../../policy/index.ts';
import { LabError, type Principal, type SubjectType } from '../../sdk/index.ts';
import { explanationText } from './explain-text.ts';
import { laidFrom, type Opened, opened } from './open.ts';
import { listOf, optionsOf, print, printJson, wrongWords } from './options.ts';
import { pastOf } from './past.ts';
import { thingsNamed } from './things.ts';
import { wanted } from './wanted.ts';

const usage =
  'explain (--user NAME [--group NAME]… [--agent NAME] ACTION TYPE[:NAME] [attribute=value…] | --call ID) [--policies FILES] [--config FILE] [--json]';
const text = { type: 'string' } as const;
const options = {
  config: text,
  policies: text,
  user: text,
  agent: text,
  call: text,
  group: { type: 'string', multiple: true },
  json: { type: 'boolean' },
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
  const { values, positionals } = optionsOf(args, options, usage);
  const lab = await opened(values.config);
  const laid = await laidFrom(lab, listOf(values.policies) ?? lab.config.policies);
  const all =
    values.call === undefined ? await asked(lab, laid, values, positionals) : await recorded(lab, values.call);
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
  readonly user?: string | undefined;
  readonly group?: readonly string[] | undefined;
  readonly agent?: string | undefined;
}

async function asked(lab: Opened, laid: Laid, values: Values, words: readonly string[]): Promise<readonly Asked[]> {
  const { user, group = [], agent } = values;
  if (user === undefined || user === '') wrongWords('whose call it is must be said with --user, or --call', usage);
  const { action, type, name, given } = wanted(words, laid.vocabulary, usage);
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
