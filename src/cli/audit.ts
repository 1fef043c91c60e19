import { parseArgs } from 'node:util';
import { verifyAudit } from '../audit/index.ts';
import { loadConfig } from '../config/config.ts';
import { packageDir } from '../kernel/installed.ts';
import { LabError } from '../sdk/index.ts';
import { here } from '../transports/place.ts';
import { complaint } from './complaint.ts';

/** `labwarden audit verify`: needs no server, so that a copy of a log can be checked anywhere. */
export async function audit(args: readonly string[]): Promise<number> {
  try {
    const { config, dir: named, json } = optionsOf(args);
    const dir = named ?? (await loadConfig({ ...here(config), packageDir })).audit.dir;
    const report = await verifyAudit(dir);
    process.stdout.write(json ? `${JSON.stringify({ dir, ...report })}\n` : `${told(dir, report)}\n`);
    return report.exitCode;
  } catch (reason) {
    process.stderr.write(`${complaint(reason)}\n`);
    return notChecked;
  }
}

/** No verdict, so none of the exit codes that are one. */
const notChecked = 4;

const options = { config: { type: 'string' }, dir: { type: 'string' }, json: { type: 'boolean' } } as const;

function optionsOf([verb, ...args]: readonly string[]) {
  if (verb !== 'verify')
    throw new LabError('INVALID_INPUT', `labwarden audit takes one word, "verify", not "${verb ?? ''}".`);
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch {
    const known = '--config FILE, --dir DIR and --json';
    throw new LabError('INVALID_INPUT', `labwarden does not know "${args.join(' ')}" here; it takes ${known}.`);
  }
}

function told(dir: string, report: Awaited<ReturnType<typeof verifyAudit>>): string {
  const { ok, records, files, firstSeq, lastSeq, problems, torn } = report;
  const where = `${records} records (${firstSeq} to ${lastSeq}) in ${files} files of ${dir}`;
  if (ok) return `whole: ${where}`;
  const end = torn && `${torn.file}:${torn.line}: ends in a torn line of ${torn.bytes} bytes; ${mends}.`;
  return [
    `NOT whole: ${where}`,
    ...problems.map(({ file, line, what }) => `${file}:${line}: ${what}`),
    ...(end ? [end] : []),
  ].join('\n');
}

const mends = 'start labwarden once: it mends this';
