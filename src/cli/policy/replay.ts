import { bracketed, type PastCall, type Replayed, replay, signs } from '../../policy/analysis/index.ts';
import { LabError } from '../../sdk/errors.ts';
import { optionsOf } from '../options.ts';
import { counted, print, printJson } from '../print.ts';
import { laidFrom, listOf, opened } from './open.ts';
import { type Past, pastOf } from './past.ts';

const options = { since: 'TIME', policies: 'FILES', dir: 'DIR', config: 'FILE', json: '' } as const;

/** What a policy would have said to the calls that the audit log tells of. 0 the same; 1 something else; 2 not asked. */
export async function replayLog(args: readonly string[]): Promise<number> {
  const { values } = optionsOf(args, { command: 'policy replay', options });
  const since = timeOf(values.since);
  const lab = await opened(values.config);
  const { policy } = await laidFrom(lab, listOf(values.policies) ?? lab.config.policies);
  const past = await pastOf(values.dir ?? lab.config.audit.dir, since, lab);
  const found = past.calls.flatMap((call) => replay(policy, call) ?? []);
  if (past.damage)
    process.stderr.write(`labwarden: the audit log: ${past.damage}; labwarden audit verify tells more.\n`);
  if (values.json) printJson({ calls: past.calls.length, undecided: past.unkept, differences: found.map(plain) });
  else print([...found.map(line), summary(past, found.length)].join('\n'));
  return found.length > 0 ? 1 : 0;
}

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `7d`, `12h`, `30m` ago, or a time as ISO 8601 has it. */
function timeOf(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const [, count, unit = ''] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  const time = count === undefined ? new Date(text) : new Date(Date.now() - Number(count) * (unitMs[unit] ?? 0));
  if (/^\d/.test(text) && !Number.isNaN(time.getTime())) return time;
  throw new LabError(
    'INVALID_INPUT',
    `--since is "${text}", expected a time such as 2026-11-20T08:00Z, or 7d, 12h, 30m.`,
  );
}

const line = ({ call, direction, now }: Replayed): string =>
  `${signs[direction]} ${call.time} ${call.who.user} ${call.tool} ${thingsOf(call)}: ${thenText(call)} → ${now}  [${call.id}]`;

const thenText = ({ allowed, asked, rule }: PastCall): string =>
  `${allowed ? 'yes' : 'no'} ${bracketed(rule)}${asked === 'none' ? '' : `, asked: ${asked}`}`;

function thingsOf({ judged }: PastCall): string {
  const [first, ...more] = judged;
  if (!first) return '';
  return `${first.type} "${first.attributes['name']}"${more.length > 0 ? ` and ${more.length} more` : ''}`;
}

const summary = ({ calls, unkept }: Past, differences: number): string =>
  [
    `${counted(calls.length, 'call')} decided anew: ${differences} differently`,
    ...(unkept > 0
      ? [`${unkept} cannot be: their name meant nothing to the caller, or an older labwarden wrote them`]
      : []),
  ].join('; ');

const plain = ({ call: { id, time, tool, who, allowed, asked, rule, judged }, direction, now }: Replayed) => ({
  ...{
    call: id,
    time,
    user: who.user,
    tool,
    sign: signs[direction],
    direction,
    before: { allowed, asked, rule },
    now,
    judged,
  },
});
