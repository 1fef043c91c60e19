import { existsSync } from 'node:fs';
import { lastRecords, newRecords } from '../../audit/index.ts';
import { LabError } from '../../sdk/index.ts';
import { dirOf, optionsOf, which } from './options.ts';
import { print, readerMayLeave } from './print.ts';

const options = { ...which, follow: { type: 'boolean', short: 'f' }, lines: { type: 'string', short: 'n' } } as const;
const takes = '-f to go on with what comes, -n COUNT, --config FILE, --dir DIR and --json';

export async function tail(args: readonly string[]): Promise<number> {
  const { json, follow, lines = '20', ...where } = optionsOf(args, options, 0, takes);
  if (!/^\d{1,6}$/.test(lines)) throw new LabError('INVALID_INPUT', `-n takes a number, not "${lines}".`);
  const dir = await dirOf(where);
  if (!existsSync(dir)) throw new LabError('NOT_FOUND', `There is no audit log in "${dir}".`);
  readerMayLeave();
  const { hits, from } = await lastRecords(dir, Number(lines));
  const stopping = new AbortController();
  process.once('SIGINT', () => stopping.abort());
  process.stdout.once('close', () => stopping.abort());
  async function* all() {
    yield* hits;
    if (follow) yield* newRecords(dir, from, stopping.signal);
  }
  await print(all(), json);
  return 0;
}
