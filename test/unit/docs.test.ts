import { existsSync, globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { help } from '../../src/cli/help.ts';
import { type CapabilityPlugin, manifest } from '../../src/sdk/index.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (file: string) => readFile(join(root, file), 'utf8');
const exclude = (name: string) => /(^|\/)(node_modules|dist|\.[a-z]+)(\/|$)/.test(name);
const pages = globSync('**/*.md', { cwd: root, exclude }).sort();
const tools = (await capabilities()).flatMap(({ operations }) => operations);

describe('every page', () => {
  test('is found', () => {
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/operating.md', 'images/README.md']));
  });

  test.each(pages)('%s: every link leads to a page and a heading that are there', async (page) => {
    for (const link of links(await read(page))) {
      const [path = '', heading] = link.split('#');
      const to = path === '' ? page : join(dirname(page), path);
      expect(existsSync(join(root, to)), `${link} in ${page}`).toBe(true);
      if (heading) expect(headings(await read(to)), `${link} in ${page}`).toContain(heading);
    }
  });

  test.each(pages)('%s: every command is one that the help knows', async (page) => {
    const known = words(help, /^ {2}labwarden ([a-z]+)/gm);
    expect(known).toContain('serve');
    const named = code(await read(page)).flatMap((text) => words(text, /^(?:.* -- )?(?:\S*\/)?labwarden ([a-z]+)/gm));
    expect([...new Set(named)].filter((command) => !known.includes(command))).toEqual([]);
  });

  test.each(pages)('%s: every script of npm is there', async (page) => {
    const { scripts } = JSON.parse(await read('package.json'));
    const named = code(await read(page)).flatMap((text) => words(text, /npm run ([a-z]+)/g));
    expect(named.filter((script) => !(script in scripts))).toEqual([]);
  });
});

describe('the README', async () => {
  const text = await read('README.md');
  const schema = JSON.parse(await read('schemas/config.schema.json'));

  test('lists the tools there are, each with its own summary', () => {
    const rows = [...text.matchAll(/^\| `([a-z]+_[a-z_]+)` +\| (.+?) +\|$/gm)];
    expect(Object.fromEntries(rows.map(([, name, summary]) => [name, summary]))).toEqual(
      Object.fromEntries(tools.map(({ name, summary }) => [name, summary])),
    );
  });

  test('names no key that the config does not have', () => {
    const names = tools.map(({ name }) => name);
    const keys = spans(text).filter((span) => /^[a-z]+(_[a-z]+)+$|^[a-z_]+\.[a-z_]+$/.test(span));
    for (const key of keys.filter((span) => !names.includes(span) && !isFile(span)))
      expect(paths(schema), key).toContain(key);
  });

  test('shows only configs that load', () => {
    const fits = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);
    const shown = fences(text, 'yaml');
    expect(shown).not.toEqual([]);
    for (const config of shown) expect(fits(parse(config)), JSON.stringify(fits.errors)).toBe(true);
  });
});

async function capabilities(): Promise<readonly CapabilityPlugin[]> {
  const files = globSync('plugins/*/plugin.json', { cwd: root });
  const all = await Promise.all(
    files.sort().map(async (file) => {
      const { kind, entry } = manifest.parse(JSON.parse(await read(file)));
      return kind === 'capability' ? (await import(join(root, dirname(file), entry))).plugin : undefined;
    }),
  );
  return all.filter((plugin) => plugin !== undefined);
}

const fenced = /^```(\w*)\n(.*?)^```$/gms;

const fences = (text: string, language: string): readonly string[] =>
  [...text.matchAll(fenced)].flatMap(([, name, body = '']) => (name === language ? [body] : []));

const spans = (text: string): readonly string[] => words(text.replace(fenced, ''), /`([^`\n]+)`/g);

/** What stands in code, in a line or in a block: prose may say "labwarden asks". */
const code = (text: string): readonly string[] => [
  ...spans(text),
  ...[...text.matchAll(fenced)].map(([, , body = '']) => body),
];

const links = (text: string): readonly string[] =>
  words(text.replace(fenced, ''), /\]\(([^)\s]+)\)/g).filter((link) => !/^[a-z]+:/.test(link));

/** As the sites that show Markdown make anchors of headings. */
const headings = (text: string): readonly string[] =>
  words(text.replace(fenced, ''), /^#+ (.+)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

const words = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, word = '']) => word);

const isFile = (span: string): boolean => /\.(json|toml|yaml|md)$/.test(span);

/** Every key of a schema of objects, with the keys above it. */
function paths(schema: { readonly properties?: object }, above = ''): readonly string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => [
    above + key,
    ...paths(inner, `${above}${key}.`),
  ]);
}
