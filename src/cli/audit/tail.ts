import { lastRecords, newRecords } from '../../audit/index.ts';
import { LabError } from '../../sdk/index.ts';
import { optionsOf } from '../options.ts';
import { print, readerMayLeave } from './print.ts';
import { logOf, which } from './which.ts';

const options = { follow: '', lines: 'COUNT', ...which, json: '' } as const;
const short = { follow: 'f', lines: 'n' } as const;

export async function tail(args: readonly string[]): Promise<number> {
  const { json, follow, lines = '20', ...where } = optionsOf(args, { command: 'audit tail', options, short }).values;
  if (!/^\d{1,6}$/.test(lines))
    throw new LabError('INVALID_INPUT', `--lines is "${lines}", expected a whole number from 0 to 999999.`);
  const dir = await logOf(where);
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
