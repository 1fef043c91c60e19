import { laidOpen, lint, type Problem, problemsIn, told } from '../../policy/analysis/index.ts';
import { opened, textsOf } from './open.ts';
import { optionsOf, print, printJson } from './options.ts';

const usage = 'check [FILES…] [--config FILE] [--strict] [--json]';
const options = { config: { type: 'string' }, strict: { type: 'boolean' }, json: { type: 'boolean' } } as const;

/** What is wrong with policy files, or probably not meant. 0 nothing; 1 it is; 2 they cannot be read. */
export async function check(args: readonly string[]): Promise<number> {
  const { values, positionals } = optionsOf(args, options, usage);
  const { config, vocabulary, destructive } = await opened(values.config);
  const texts = await textsOf(positionals.length > 0 ? positionals : config.policies);
  const invalid = problemsIn(texts, vocabulary);
  const problems = invalid.length > 0 ? invalid : lint(laidOpen(texts, vocabulary), { destructive });
  const counts = countsOf(problems);
  if (values.json) printJson({ files: texts.map(({ name }) => name), problems, ...counts });
  else print([...problems.map(told), summary(texts.length, counts)].join('\n'));
  return counts.errors > 0 || (values.strict && counts.warnings > 0) ? 1 : 0;
}

function countsOf(problems: readonly Problem[]) {
  const of = (severity: Problem['severity']) => problems.filter((one) => one.severity === severity).length;
  return { errors: of('error'), warnings: of('warning'), notes: of('note') };
}

const summary = (files: number, { errors, warnings, notes }: ReturnType<typeof countsOf>): string =>
  `${counted(files, 'file')}: ${counted(errors, 'error')}, ${counted(warnings, 'warning')}, ${counted(notes, 'note')}`;

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
