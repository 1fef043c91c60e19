import { diff, type Laid, laidOpen, lint } from '../src/policy/analysis/index.ts';
import { manyRules } from './support/many-rules.ts';
import { byTurns, timed } from './support/rounds.ts';
import { print, type Row, row } from './support/table.ts';

const rounds = 9;
const rules = 100;
const machine = ['start', 'stop', 'cut', 'destroy', 'crash', 'exec', 'handle'];
const vocabulary = { actions: { vm: machine, cluster: machine, job: ['cancel'], host: [], lab: [] } };
const destructive = new Set(['cut', 'destroy', 'crash']);

/** What an admin waits for: exact lint and diff of a hundred rules, against loading them. */
export async function policyTools(): Promise<readonly Row[]> {
  const text = manyRules(rules);
  const open = (name: string, text: string): Laid => laidOpen([{ name, text }], vocabulary);
  const before = open('before.yaml', text);
  const after = open('after.yaml', text.replace('project: p1', 'project: { in: [p1, p2] }'));
  const measured = await byTurns(rounds, {
    load: () => timed(async () => open('before.yaml', text)),
    lint: () => timed(async () => lint(before, { destructive })),
    diff: () => timed(async () => diff(before, after, { destructive })),
  });
  const absolute = (ms: number) => `${ms.toFixed(0)} ms`;
  return [
    row(measured, {
      ...{ what: `policy check, ${rules} rules`, floor: 'load', ours: 'lint', target: '≤ 500 ms' },
      ...{ result: ({ lint }) => lint, shown: absolute },
    }),
    row(measured, {
      ...{ what: `policy diff, ${rules} rules`, floor: 'load', ours: 'diff', target: '≤ 500 ms' },
      ...{ result: ({ diff }) => diff, shown: absolute },
    }),
  ];
}

if (import.meta.main) print(await policyTools());
