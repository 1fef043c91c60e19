import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type Coverage,
  coverageOf,
  type Failure,
  type Laid,
  runTable,
  type Table,
  tableOf,
} from '../../policy/analysis/index.ts';
import { LabError } from '../../sdk/errors.ts';
import { optionsOf } from '../options.ts';
import { counted, print, printJson } from '../print.ts';
import { laidFrom, type Opened, opened, textsOf } from './open.ts';

const options = { coverage: 'PERCENT', config: 'FILE', json: '' } as const;

/** Asks policies what tables expect of them. 0 as expected; 1 otherwise, or too few rules were asked for; 2 not asked. */
export async function test(args: readonly string[]): Promise<number> {
  const { values, words } = optionsOf(args, { command: 'policy test', words: ['[TABLES…]'], options });
  const least = percentOf(values.coverage);
  const lab = await opened(values.config);
  const texts = await textsOf(words.length > 0 ? words : tablesBeside(lab.config.policies));
  const tables = texts.map((text) => tableOf(text, lab.vocabulary));
  const { failures, coverage } = await ran(lab, tables);
  const rows = tables.reduce((sum, { cases }) => sum + cases.length, 0);
  if (values.json) printJson(report(tables, rows, failures, coverage));
  else print([...failures.map(failureText), ...summary(tables.length, rows, failures, coverage)].join('\n'));
  if (failures.length > 0) return 1;
  if (coverage.percent >= least) return 0;
  process.stderr.write(
    `labwarden: ${shown(coverage.percent)} % of the rules are asked for, less than the ${least} % that --coverage wants.\n`,
  );
  return 1;
}

function percentOf(text: string | undefined): number {
  if (text === undefined) return 0;
  const percent = Number(text);
  if (/^\d{1,3}$/.test(text) && percent <= 100) return percent;
  throw new LabError('INVALID_INPUT', `--coverage is "${text}", expected a whole number from 0 to 100.`);
}

/** Tables lie beside the policies that they are about. */
function tablesBeside(policies: readonly string[]): readonly string[] {
  const folders = [...new Set(policies.map((policy) => dirname(policy)))];
  const found = folders.flatMap((folder) =>
    globSync('*.test.yaml', { cwd: folder })
      .sort()
      .map((name) => join(folder, name)),
  );
  if (found.length > 0) return found;
  throw new LabError(
    'INVALID_INPUT',
    `There is no *.test.yaml in ${folders.join(', ')}; name a table, or write one there.`,
  );
}

/** Tables about the same policies share one. */
async function ran(lab: Opened, tables: readonly Table[]) {
  const policies = new Map<string, Laid>();
  const exercised = new Set<string>();
  const failures: Failure[] = [];
  for (const { policies: named, cases } of tables) {
    const files = named ?? lab.config.policies;
    const key = files.join('\0');
    const laid = policies.get(key) ?? (await laidFrom(lab, files));
    policies.set(key, laid);
    const run = runTable(laid.policy, cases, lab.destructive);
    failures.push(...run.failures);
    for (const label of run.exercised) exercised.add(label);
  }
  return { failures, coverage: coverageOf([...policies.values()], exercised) };
}

function failureText({ case: { place, who, action, on, thing, expect, rule }, got, rule: by }: Failure): string {
  const wanted = `expected ${expect}${rule === undefined ? '' : ` by ${rule}`}`;
  return `${place}: ${who.user} ${action} ${on} (${thing.type}): ${wanted}, got ${got} by ${by}`;
}

const summary = (
  tables: number,
  rows: number,
  failures: readonly Failure[],
  { rules, exercised, percent, never }: Coverage,
) => [
  ...never.map(({ label, role }) => `never asked for: ${label} (role ${role})`),
  `${counted(rows, 'decision')} in ${counted(tables, 'table')}: ${rows - failures.length} as expected, ${failures.length} not`,
  `${exercised} of ${rules} rules asked for (${shown(percent)} %)`,
];

const shown = (percent: number): string => String(Math.floor(percent * 10) / 10);

const report = (
  tables: readonly Table[],
  rows: number,
  failures: readonly Failure[],
  { never, ...coverage }: Coverage,
) => ({
  tables: tables.map(({ name }) => name),
  decisions: rows,
  failures: failures.map(({ case: { place, who, action, on, thing, expect, rule }, got, rule: by }) => ({
    ...{ place, user: who.user, groups: who.groups, action, on, type: thing.type, expect, rule, got, by },
  })),
  coverage: { ...coverage, never: never.map(({ label }) => label) },
});
