import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lists, surface, type Tool } from './surface.ts';

const pinned = async (file: string): Promise<unknown> =>
  JSON.parse(await readFile(join(import.meta.dirname, file), 'utf8'));
const files = async () => {
  const tools = (await readdir(join(import.meta.dirname, 'tools'))).map((name) => `tools/${name}`);
  return [...tools, 'errors.json', 'exports.json', 'help.json'].sort();
};

const { all, standard, readOnly } = await lists();
const now = surface(all);

describe('what others hold on to is as it was; `node --conditions=labwarden-source test/surface/surface.ts` writes it', () => {
  test.each(Object.entries(now))('%s', async (file, value) => {
    expect(value).toEqual(await pinned(file));
  });

  test('and nothing of it is gone', async () => {
    expect(Object.keys(now).sort()).toEqual(await files());
  });
});

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: unknown;
}

/** The fields, at whatever depth, that say nothing of themselves. */
const silent = ({ properties = {}, items }: Schema, at = ''): readonly string[] => [
  ...Object.entries(properties).flatMap(([name, field]) => [
    ...(field.description ? [] : [`${at}${name}`]),
    ...silent(field, `${at}${name}.`),
  ]),
  ...(items ? silent(items, `${at}[].`) : []),
];

describe.each(all.map((tool): [string, Tool] => [tool.name, tool]))('%s', (name, { description = '', ...tool }) => {
  test('has a name that every client takes, and tells in a sentence what it does', () => {
    expect(name).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)+$/);
    expect(name.length).toBeLessThanOrEqual(40);
    expect(description).toMatch(/^[A-Z].*\.$/);
    expect(description.length).toBeLessThanOrEqual(300);
  });

  test('tells of each argument what it means, and takes no others', () => {
    expect(silent(tool.inputSchema as Schema)).toEqual([]);
    expect(tool.inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
  });

  test('says what it answers, and how strong it is', () => {
    expect(tool.outputSchema).toMatchObject({ type: 'object' });
    const { readOnlyHint, destructiveHint, idempotentHint, openWorldHint } = tool.annotations ?? {};
    expect([readOnlyHint, destructiveHint, idempotentHint, openWorldHint].map((hint) => typeof hint)).toEqual(
      Array(4).fill('boolean'),
    );
    expect(readOnlyHint && destructiveHint).toBe(false);
  });
});

test('no two tools have one name', () => {
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
});

describe('a list of tools is a small part of what a model reads', () => {
  /** Four bytes of JSON are a token or a little more: schemas are short English words. Too many rather than too few. */
  const tokens = (tools: readonly Tool[]) => Math.ceil(Buffer.byteLength(JSON.stringify({ tools })) / 4);

  test.each<[string, readonly Tool[], number, number]>([
    ['the default', standard, 30, 6_000],
    ['everything', all, 100, 12_000],
    ['read-only', readOnly, 30, 3_500],
  ])('%s', (name, tools, most, mostTokens) => {
    process.stdout.write(`tools/list, ${name}: ${tools.length} tools, about ${tokens(tools)} tokens\n`);
    expect(tools.length).toBeLessThanOrEqual(most);
    expect(tokens(tools)).toBeLessThanOrEqual(mostTokens);
  });
});
