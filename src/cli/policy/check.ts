import { laidOpen, lint, type Problem, problemsIn, told } from '../../policy/analysis/index.ts';
import { optionsOf } from '../options.ts';
import { counted, print, printJson } from '../print.ts';
import { opened, textsOf } from './open.ts';

const options = { strict: '', config: 'FILE', json: '' } as const;

/** What is wrong with policy files, or probably not meant. 0 nothing; 1 it is; 2 they cannot be read. */
export async function check(args: readonly string[]): Promise<number> {
  const { values, words } = optionsOf(args, { command: 'policy check', words: ['[FILES…]'], options });
  const { config, vocabulary, destructive } = await opened(values.config);
  const texts = await textsOf(words.length > 0 ? words : config.policies);
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
