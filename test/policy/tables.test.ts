import { globSync } from 'node:fs';
import { relative } from 'node:path';
import { expect, test } from 'vitest';
import { coverageOf, type Laid, laidOpen, runTable, tableOf } from '../../src/policy/analysis/index.ts';
import { readPolicy } from '../../src/policy/index.ts';
import { destructive } from './analysis/support.ts';
import { vocabulary } from './support.ts';

const files = globSync('policies/*.test.yaml').sort();

async function laidFrom(names: readonly string[]): Promise<Laid> {
  const read = names.map(async (name) => ({ ...(await readPolicy(name)), name: relative(process.cwd(), name) }));
  return laidOpen(await Promise.all(read), vocabulary);
}

test('every shipped policy decides what its table expects, and every rule of it is asked for', async () => {
  expect(files).toEqual(['policies/lab-of-one.test.yaml', 'policies/shared-lab.example.test.yaml']);
  const policies: Laid[] = [];
  const exercised = new Set<string>();
  for (const file of files) {
    const table = tableOf(await readPolicy(file), vocabulary);
    const laid = await laidFrom(table.policies ?? []);
    const run = runTable(laid.policy, table.cases, destructive);
    expect(table.cases.length).toBeGreaterThan(40);
    expect(run.failures).toEqual([]);
    policies.push(laid);
    for (const label of run.exercised) exercised.add(label);
  }
  const { never, rules } = coverageOf(policies, exercised);
  expect(rules).toBeGreaterThan(20);
  expect(never.map(({ label }) => label)).toEqual([]);
});

test('a policy file that is shipped has a table beside it, or is part of one', async () => {
  const tables = await Promise.all(files.map(async (file) => tableOf(await readPolicy(file), vocabulary)));
  const tested = tables.flatMap(({ policies = [] }) => policies.map((path) => relative(process.cwd(), path)));
  const shipped = globSync('policies/*.yaml', { exclude: ['**/*.test.yaml'] });
  expect([...new Set(tested)].sort()).toEqual(shipped.sort());
});
