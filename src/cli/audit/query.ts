import { kinds, type Query, search } from '../../audit/index.ts';
import { LabError } from '../../sdk/index.ts';
import { dirOf, optionsOf, which } from './options.ts';
import { print, readerMayLeave } from './print.ts';

const text = { type: 'string' } as const;
const options = {
  ...which,
  ...{ user: text, tool: text, subject: text, code: text, since: text, until: text, call: text, kind: text },
} as const;
const takes =
  '--user, --tool, --subject, --code, --call, --kind, --since and --until (2026-11-20, 2026-11-20T08:00, or 30m, 12h, 7d ago), --config FILE, --dir DIR and --json';

export async function query(args: readonly string[]): Promise<number> {
  const { json, config, dir, words: _none, since, until, ...rest } = optionsOf(args, options, 0, takes);
  const { kind } = rest;
  if (kind !== undefined && !kinds.some((one) => one === kind))
    throw new LabError('INVALID_INPUT', `There is no kind "${kind}"; there are ${kinds.join(', ')}.`);
  const times = { ...(since && { since: time(since) }), ...(until && { until: time(until) }) };
  readerMayLeave();
  await print(search(await dirOf({ config, dir }), { ...(rest as Query), ...times }), json);
  return 0;
}

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** As the log writes times. */
function time(written: string): string {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(written) ?? [];
  const zoned = /T.*(Z|[+-]\d\d:?\d\d)$/.test(written) ? written : `${written}${written.includes('T') ? 'Z' : ''}`;
  const at = count === undefined ? new Date(zoned) : new Date(Date.now() - Number(count) * (units[unit] ?? 0));
  const iso = count !== undefined || /^\d{4}-\d\d-\d\d(T|$)/.test(written);
  if (iso && !Number.isNaN(at.getTime())) return at.toISOString();
  throw new LabError(
    'INVALID_INPUT',
    `"${written}" is no time: write 2026-11-20, 2026-11-20T08:00, or 30m, 12h, 7d ago.`,
  );
}
