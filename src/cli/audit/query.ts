import { kinds, search } from '../../audit/index.ts';
import { LabError } from '../../sdk/index.ts';
import { optionsOf } from '../options.ts';
import { print, readerMayLeave } from './print.ts';
import { logOf, which } from './which.ts';

const asked = { user: 'NAME', tool: 'NAME', subject: 'NAME', code: 'CODE', call: 'ID', kind: 'KIND' } as const;
const options = { ...asked, since: 'TIME', until: 'TIME', ...which, json: '' } as const;

export async function query(args: readonly string[]): Promise<number> {
  const { values } = optionsOf(args, { command: 'audit query', options });
  const { config: _config, dir: _dir, json, since, until, ...rest } = values;
  const { kind } = rest;
  if (kind !== undefined && !kinds.some((one) => one === kind))
    throw new LabError('INVALID_INPUT', `There is no kind "${kind}"; there are ${kinds.join(', ')}.`);
  const times = { ...(since && { since: time('--since', since) }), ...(until && { until: time('--until', until) }) };
  readerMayLeave();
  const count = await print(search(await logOf(values), { ...rest, ...times }), json);
  if (count === 0 && !json) process.stderr.write('labwarden: no record of the log is so.\n');
  return 0;
}

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** As the log writes times. */
function time(option: string, written: string): string {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(written) ?? [];
  const zoned = /T.*(Z|[+-]\d\d:?\d\d)$/.test(written) ? written : `${written}${written.includes('T') ? 'Z' : ''}`;
  const at = count === undefined ? new Date(zoned) : new Date(Date.now() - Number(count) * (units[unit] ?? 0));
  const iso = count !== undefined || /^\d{4}-\d\d-\d\d(T|$)/.test(written);
  if (iso && !Number.isNaN(at.getTime())) return at.toISOString();
  throw new LabError(
    'INVALID_INPUT',
    `${option} is "${written}", which is no time: write 2026-11-20, 2026-11-20T08:00, or 30m, 12h, 7d ago.`,
  );
}
