import { readSource } from '../../document/document.ts';
import { type Diff, diff, diffText, signs, verdictOf } from '../../policy/analysis/index.ts';
import { optionsOf } from '../options.ts';
import { print, printJson } from '../print.ts';
import { laidFrom, listOf, opened } from './open.ts';

const takes = { command: 'policy diff', words: ['BEFORE', 'AFTER'], options: { config: 'FILE', json: '' } } as const;

/** What people may do with the one and not with the other. 0 nothing; 1 only less; 2 more, or asked less; 3 not compared. */
export async function compare(args: readonly string[]): Promise<number> {
  const { values, words } = optionsOf(args, takes);
  const [before = '', after = ''] = words;
  const [old, now] = [await side(before, values.config), await side(after, values.config)];
  const destructive = new Set([...old.destructive, ...now.destructive]);
  const found = diff(old.laid, now.laid, { destructive });
  const verdict = verdictOf(found);
  if (values.json) printJson({ verdict: verdicts[verdict], ...plain(found) });
  else print([diffText(found), `${verdicts[verdict]}.`].filter(Boolean).join('\n'));
  return verdict;
}

const verdicts = [
  'Nobody’s permissions differ',
  'Nobody may do more',
  'Somebody may do more, or is asked less',
] as const;

/** A config brings its own plugins; of policy files alone, the actions are those of `--config`. */
async function side(named: string, config: string | undefined) {
  const files = listOf(named) ?? [];
  const [only] = files;
  const lone = files.length === 1 && only !== undefined && !(await isPolicy(only));
  const lab = await opened(lone ? only : config);
  return { laid: await laidFrom(lab, lone ? lab.config.policies : files), destructive: lab.destructive };
}

/** Every policy file says its version, and no config has one. Throws when it cannot be read. */
const isPolicy = async (file: string): Promise<boolean> =>
  /^["']?version["']?\s*:/m.test(await readSource(file, 'INVALID_INPUT'));

const plain = ({ differences, notes, unproven }: Diff) => ({
  notes,
  differences: differences.map(({ who, changes, limits }) => ({
    who,
    limits: limits.map((change) => ({ sign: signs[change.direction], ...change })),
    changes: changes.map((change) => ({ sign: signs[change.direction], ...change })),
  })),
  unproven,
});
