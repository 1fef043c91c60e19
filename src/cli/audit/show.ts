import { type AuditRecord, search } from '../../audit/index.ts';
import { LabError } from '../../sdk/index.ts';
import { optionsOf } from '../options.ts';
import { how, line, readerMayLeave, shown } from './print.ts';
import { logOf, which } from './which.ts';

/** All records of one call, as a person would tell of it. */
export async function show(args: readonly string[]): Promise<number> {
  const options = { ...which, json: '' } as const;
  const { words, values } = optionsOf(args, { command: 'audit show', words: ['CALL'], options });
  const [call = ''] = words;
  const { json } = values;
  const dir = await logOf(values);
  const own: AuditRecord[] = [];
  const lines: string[] = [];
  for await (const hit of search(dir, { call })) {
    own.push(hit.record);
    lines.push(hit.line);
  }
  if (own.length === 0) throw new LabError('NOT_FOUND', `The log says nothing of a call "${call}".`);
  readerMayLeave();
  const answers = json ? [] : await answersTo(dir, own);
  for (const text of json ? lines : story(call, own, answers)) await line(text);
  return 0;
}

/** A question is asked by one call and answered for another. */
async function answersTo(dir: string, own: readonly AuditRecord[]): Promise<readonly AuditRecord[]> {
  const question = own.map(({ data }) => Object(data).confirmation).find((one) => typeof one === 'string');
  if (question === undefined) return [];
  const found: AuditRecord[] = [];
  for (const kind of ['confirmation', 'alarm'])
    for await (const { record } of search(dir, { kind }))
      if (Object(record.data).question === question) found.push(record);
  return found;
}

function story(call: string, own: readonly AuditRecord[], answers: readonly AuditRecord[]): readonly string[] {
  const first = own[0];
  const { who, act, t = '' } = own.find((record) => record.who) ?? first ?? {};
  const judged = own.find((record) => record.decision);
  const { subjects = [], args, plan } = own.find((record) => record.subjects) ?? {};
  const by = who && [who.user, ...(who.groups.length > 0 ? [`(${who.groups.join(', ')})`] : []), `through ${who.via}`];
  const agent = who?.agent === undefined ? [] : [`which called itself ${who.agent}`];
  return [
    `call        ${call}${act ? `: ${act}` : ''}`,
    `asked       ${t.replace('T', ' ')}${by ? ` by ${[...by, ...agent].join(' ')}` : ''}`,
    ...subjects.map(({ type, name, id, gen }) => `on          ${type} ${name} (${id}, generation ${gen})`),
    ...(args ? [`with        ${JSON.stringify(args)}`] : []),
    ...(judged?.decision
      ? [
          `decided     ${judged.decision.effect}, by ${judged.decision.rule ?? 'no rule'}; policy ${judged.decision.policy}`,
        ]
      : []),
    ...(plan === undefined ? [] : [`plan        ${plan}`]),
    ...answers.map((record) => `asked back  ${moment(record)} ${record.kind} ${how(record)}, in call ${record.op}`),
    ...own.map((record) => `${record.kind.padEnd(12)}${moment(record)} ${told(record)} (record ${record.seq})`),
    ...(own.some(({ kind }) => kind === 'intent') && !own.some(({ kind }) => kind === 'outcome') ? [unsettled] : []),
  ].map(shown);
}

const unsettled = 'outcome     not yet: it is under way, or the next start of labwarden settles it';

const moment = ({ t }: AuditRecord): string => t.slice(11, 23);

/** What a record says beside what stands above already. */
function told(record: AuditRecord): string {
  const { code, ms, port, verb, what, phase, effect, begun, ...more } = Object(record.data);
  const took = typeof ms === 'number' ? [`after ${ms} ms`] : [];
  const nothing = begun === false ? ['nothing was done'] : [];
  const rest = Object.keys(more).length > 0 ? [JSON.stringify(more)] : [];
  return [how(record), ...took, ...nothing, ...(what === undefined ? [] : [String(what)]), ...rest].join(', ');
}
