import { type Kept, type Report, readNotes, verifierOf, verifyAudit, verifyFast } from '../../audit/index.ts';
import { LabError } from '../../sdk/index.ts';
import { optionsOf } from '../options.ts';
import { counted } from '../print.ts';
import { dirOf, textOf, which } from './which.ts';

const options = { from: 'NOTE…', pub: 'KEY…', fast: '', strict: '', ...which, json: '' } as const;

/** Answers 0 whole, 1 tampered, 2 torn, 3 a gap. */
export async function verify(args: readonly string[]): Promise<number> {
  const { values } = optionsOf(args, { command: 'audit verify', options });
  const { json, from = [], pub = [], fast, strict, ...where } = values;
  if (fast && strict) throw new LabError('INVALID_INPUT', 'It is either --fast or --strict, which is the default.');
  const keys = pub.map(verifierOf);
  const dir = await dirOf(where);
  const kept = (await Promise.all(from.map(notesIn))).flat();
  const report = await (fast ? verifyFast : verifyAudit)(dir, { keys, kept });
  process.stdout.write(json ? `${JSON.stringify({ dir, ...report })}\n` : `${told(dir, report, keys.length > 0)}\n`);
  return report.exitCode;
}

async function notesIn(file: string): Promise<readonly Kept[]> {
  const notes = readNotes(await textOf(file));
  if (notes.length > 0) return notes.map((note) => ({ name: file, note }));
  throw new LabError('INVALID_INPUT', `There is no checkpoint in "${file}".`);
}

function told(dir: string, report: Report, given: boolean): string {
  const { ok, records, files, firstSeq, lastSeq, problems, torn } = report;
  const where = `${counted(records, 'record')} (${firstSeq} to ${lastSeq}) in ${counted(files, 'file')} of ${dir}`;
  const end = torn && `${torn.file}:${torn.line}: ends in a torn line of ${torn.bytes} bytes; ${mends}.`;
  return [
    `${ok ? 'whole' : 'NOT whole'}: ${where}`,
    ...problems.map(({ file, line, what }) => `${file}:${line}: ${what}`),
    ...(end ? [end] : []),
    ...(ok ? signed(report, given) : []),
  ].join('\n');
}

const mends = 'start labwarden once: it mends this';

function signed({ checkpoints, key }: Report, given: boolean): readonly string[] {
  if (checkpoints === undefined || key === undefined) return [];
  const by = given
    ? 'by the given keys, the latest'
    : 'by the key that the log itself names; compare it with your copy, or give it with --pub';
  return [`${counted(checkpoints, 'checkpoint')} signed ${by}: ${key}`];
}
