import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { laidOpen, lint, runTable, tableOf } from '../../src/policy/analysis/index.ts';
import { destructive } from './analysis/support.ts';
import { vocabulary } from './support.ts';

const page = readFileSync('docs/policy.md', 'utf8');
const roles = { name: 'policies/roles.yaml', text: readFileSync('policies/roles.yaml', 'utf8') };

const snippets = (text: string): readonly string[] =>
  [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, body = '']) => body);

const cookbook = /^## Cookbook$(.*?)(?=^## |$(?![\s\S]))/ms.exec(page)?.[1] ?? '';
const recipes = cookbook
  .split(/^### /m)
  .slice(1)
  .map((text) => ({ title: text.split('\n')[0] ?? '', snippets: snippets(text) }));

test('the cookbook is found', () => {
  expect(recipes.length).toBeGreaterThanOrEqual(7);
});

describe('every recipe is a policy that means what it says, and a table that asks for each of its rules', () => {
  test.each(recipes)('$title', ({ snippets: [policy = '', table = '', ...more] }) => {
    expect(more).toEqual([]);
    const laid = laidOpen([roles, { name: 'recipe.yaml', text: policy }], vocabulary);
    const problems = lint(laid, { destructive }).filter(({ severity }) => severity !== 'note');
    expect(problems.filter(({ file }) => file === 'recipe.yaml')).toEqual([]);
    const { cases } = tableOf({ name: 'recipe.test.yaml', text: table }, vocabulary);
    const { failures, exercised } = runTable(laid.policy, cases, destructive);
    expect(failures).toEqual([]);
    const labels = [...laid.roles.values()].flatMap(({ written }) => written.map(({ label }) => label));
    const own = labels.filter((label) => label.startsWith('recipe.yaml'));
    expect(own.filter((label) => !exercised.has(label))).toEqual([]);
  });
});

test('the page’s own example of a table is one', () => {
  const [example = ''] = snippets(page.split('## Test tables')[1] ?? '');
  const exam = /```yaml\n(version: 1\n[^`]*)```/.exec(page)?.[1] ?? '';
  const laid = laidOpen([roles, { name: 'my-lab.yaml', text: exam }], vocabulary);
  const { cases } = tableOf({ name: 'my-lab.test.yaml', text: example }, vocabulary);
  expect(cases).toHaveLength(7);
  expect(runTable(laid.policy, cases, destructive).failures).toEqual([]);
});

test('the page tells of every code that check has', () => {
  const sources = ['lint', 'broad', 'duplicates', 'problem'].map((name) =>
    readFileSync(`src/policy/analysis/${name}.ts`, 'utf8'),
  );
  const codes = sources.flatMap((text) => [
    ...[...text.matchAll(/finding\(\s*'([a-z-]+)'/g), ...text.matchAll(/code: '([a-z-]+)'/g)].map(
      ([, code = '']) => code,
    ),
  ]);
  const told = [...page.matchAll(/^\| `([a-z-]+)` \| (?:error|warning|note)/gm)].map(([, code = '']) => code);
  expect(told.toSorted()).toEqual([...new Set(codes)].toSorted());
});
