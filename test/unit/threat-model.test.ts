import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/threat-model.md'), 'utf8');

/** The rows of the table beneath a heading, cell by cell. */
function rows(heading: string): readonly (readonly string[])[] {
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  const [, , ...lines] = (section.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('|'));
  return lines.map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

interface Promised {
  readonly file: string;
  readonly promise: string;
}

/** `file` "promise", as often as the cell has it. */
const promisesOf = (cell: string): readonly Promised[] =>
  [...cell.matchAll(/`(test\/[\w./-]+\.test\.ts)` "([^"]+)"/g)].map(([, file = '', promise = '']) => ({
    file,
    promise,
  }));

/** Whether a test, or a group of them, carries this very name: as what is called with it, or on a line of its own. */
function isKept({ file, promise }: Promised): boolean {
  const source = readFileSync(join(root, file), 'utf8');
  return ["'", '"', '`'].some((quote) => {
    const name = `${quote}${promise}${quote}`;
    return source.includes(`(${name},`) || source.includes(`\n    ${name},`) || source.includes(`\n  ${name},`);
  });
}

const tables = ['Ways in, and what stops them', 'The OWASP MCP Top 10'];

describe.each(tables)('%s', (heading) => {
  const table = rows(heading).map((cells): [string, string] => [cells[0] ?? '', cells.at(-1) ?? '']);

  test('has rows', () => {
    expect(table.length).toBeGreaterThanOrEqual(10);
  });

  test.each(table)('%s: is tried by a test that is there', (_, tried) => {
    const promises = promisesOf(tried);
    expect(promises).not.toEqual([]);
    expect(promises.filter((one) => !isKept(one))).toEqual([]);
  });
});

test('a promise that nobody makes is found out', () => {
  const file = 'test/unit/threat-model.test.ts';
  expect(isKept({ file, promise: 'a promise that nobody makes is found out' })).toBe(true);
  expect(isKept({ file, promise: 'a promise that nobody' })).toBe(false);
  expect(() => isKept({ file: 'test/unit/no-such.test.ts', promise: 'x' })).toThrow('ENOENT');
});

test('the ten are all there, in their order', () => {
  const numbers = rows('The OWASP MCP Top 10').map(([item = '']) => /^MCP(\d\d)\b/.exec(item)?.[1]);
  expect(numbers).toEqual(['01', '02', '03', '04', '05', '06', '07', '08', '09', '10']);
});
