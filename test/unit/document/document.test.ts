import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parse, readDocument, rule } from '../../../src/document/document.ts';
import { nearest } from '../../../src/document/nearest.ts';
import { absolute, isBeneath } from '../../../src/document/path.ts';
import { ownFolder } from '../../support/folder.ts';

const schema = z.strictObject({
  title: z.string().max(5),
  size: z.int().min(1).default(1),
  level: z.enum(['low', 'high']).default('low'),
  places: z.array(z.strictObject({ name: z.string().regex(/^[a-z]+$/, 'lower-case letters') })).default([]),
  source: z
    .union([z.strictObject({ id: z.string() }), z.strictObject({ path: z.string(), digest: z.string() })])
    .optional(),
  tags: z.record(z.string().regex(/^[a-z]+$/, 'lower-case letters'), z.number()).default({}),
});

async function read(text: string | Uint8Array, rules = [twice]) {
  await using folder = await ownFolder();
  const file = join(folder.path, 'doc.yaml');
  await writeFile(file, text);
  return await readDocument(file, schema, { code: 'INVALID_INPUT', name: 'doc.yaml', rules });
}

const twice = rule(z.looseObject({ title: z.literal('no') }), () => [
  { path: ['title'], says: 'found "no"; expected yes.' },
]);

test('a document comes back typed, with its defaults', async () => {
  const value = await read('title: lab # a comment\nplaces: [{ name: here }]\n');
  expect(value).toEqual({ title: 'lab', size: 1, level: 'low', places: [{ name: 'here' }], tags: {} });
});

describe('a problem names its place, its key, what was found and what was expected', () => {
  test.each([
    ['title: 5', 'doc.yaml:1:1  title: found 5; expected text.'],
    ['title:', 'doc.yaml:1:1  title: found an empty value; expected text.'],
    ['title: [a]', 'doc.yaml:1:1  title: found a list; expected text.'],
    ['size: 2', 'doc.yaml:1:1  title: found nothing; expected text.'],
    ['', 'doc.yaml:1:1  title: found nothing; expected text.'],
    ['# only words\n', 'doc.yaml:1:1  title: found nothing; expected text.'],
    ['- title', 'doc.yaml:1:1  the whole file: found a list; expected a map.'],
    ['title: laboratory', 'doc.yaml:1:1  title: found "laboratory"; expected at most 5 characters.'],
    ['title: lab\nsize: 0', 'doc.yaml:2:1  size: found 0; expected at least 1.'],
    ['title: lab\nsize: 1.5', 'doc.yaml:2:1  size: found 1.5; expected a whole number.'],
    ['title: lab\nlevel: hihg', 'doc.yaml:2:1  level: found "hihg"; expected "low" or "high".'],
    ['title: lab\ntilte: x', 'doc.yaml:2:1  tilte: found a key that means nothing here; did you mean "title"?'],
    [
      'title: lab\nplaces:\n  - name: here\n  - { name: There }',
      'doc.yaml:4:7  places[1].name: found "There"; expected lower-case letters.',
    ],
    ['title: lab\nplaces: [{}]', 'doc.yaml:2:10  places[0].name: found nothing; expected text.'],
    [
      'title: lab\nplaces: [{ name: a, nmae: b }]',
      'doc.yaml:2:21  places[0].nmae: found a key that means nothing here; did you mean "name"?',
    ],
    ['title: lab\nsource: { path: x }', 'doc.yaml:2:1  source.digest: found nothing; expected text.'],
    ['title: lab\nsource: 5', 'doc.yaml:2:1  source: found 5; expected a map.'],
    ['title: lab\ntags: { "A b": 1 }', 'doc.yaml:2:9  tags["A b"]: found "A b"; expected lower-case letters.'],
    ['title: "no"', 'doc.yaml:1:1  title: found "no"; expected yes.'],
  ])('%j', async (text, sentence) => {
    await expect(read(text)).rejects.toMatchObject({ code: 'INVALID_INPUT', message: sentence });
  });
});

test('all problems come at once, of the schema and of the rules', async () => {
  const sentence = `doc.yaml has 3 problems:
  doc.yaml:2:1  size: found "big"; expected a number.
  doc.yaml:3:1  colour: found a key that means nothing here; expected title, size, level, places, source, tags.
  doc.yaml:1:1  title: found "no"; expected yes.`;
  await expect(read('title: "no"\nsize: big\ncolour: red')).rejects.toMatchObject({ message: sentence });
});

test('of very many problems the first twenty are told, and how many there are', async () => {
  const text = Array.from({ length: 30 }, (_, index) => `key${index}: 1`).join('\n');
  await expect(read(`title: lab\n${text}`)).rejects.toThrow(
    /^doc\.yaml has 30 problems:(\n.+){20}\n {2}… and 10 more\.$/,
  );
});

describe('only plain YAML is read', () => {
  test.each([
    ['a: &x 1', 'doc:1:7  a: found the anchor "&x"; expected none.'],
    ['&x a: 1', 'doc:1:4  found the anchor "&x"; expected none.'],
    ['a: !!str 1', 'doc:1:10  a: found the tag "tag:yaml.org,2002:str"; expected none.'],
    ['a: !own { b: 1 }', 'doc:1:9  a: found the tag "!own"; expected none.'],
    ['a: 1\na: 2', 'doc:2:1  a: found the key "a" again; expected it once.'],
    ['b: { a: 1, "a": 2 }', 'doc:1:12  b.a: found the key "a" again; expected it once.'],
    ['b: { <<: { a: 1 } }', 'doc:1:6  b["<<"]: found a merge key; expected the keys themselves.'],
    ['__proto__: { a: 1 }', 'doc:1:1  __proto__: found the key "__proto__"; expected a name.'],
    ['%YAML 1.1\n---\na: yes', 'doc:1:1  found a % directive; expected plain YAML 1.2.'],
    ['a: 1\n---\nb: 1', 'doc:2:1  found a second document; expected one in one file.'],
    ['a: "x\\0y"', 'doc:1:4  a: found the invisible U+0000; expected only what can be seen.'],
    ['a: x\u0007', 'doc:1:5  found the invisible U+0007; expected only what can be seen.'],
    ['a: [1', 'doc:1:6  not YAML: Flow sequence in block collection must be sufficiently indented and end with a ].'],
    ['{ [a]: 1 }', 'doc:1:3  found a key that is not text; expected a name.'],
  ])('%j', (text, sentence) => {
    expect(() => parse(text, 'doc', 'CONFIG_INVALID')).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: sentence }),
    );
  });

  test('an alias is refused before anything is made of it', () => {
    expect(() => parse('a: &x 1\nb: *x', 'doc', 'CONFIG_INVALID')).toThrow(
      /doc:2:4 {2}b: found the alias "\*x"; expected the value itself/,
    );
  });

  test('words that older YAML took for booleans stay words', () => {
    expect(parse('a: no\nb: 1:30\n1: c', 'doc', 'CONFIG_INVALID').value).toEqual({ a: 'no', b: '1:30', 1: 'c' });
  });
});

describe('what is no small plain text file is not read', () => {
  test('one that is not there', async () => {
    const reading = readDocument('/nowhere/doc.yaml', schema, { code: 'CONFIG_INVALID' });
    await expect(reading).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('ENOENT') });
  });

  test('a folder', async () => {
    await using folder = await ownFolder();
    await mkdir(join(folder.path, 'doc.yaml'));
    const reading = readDocument(join(folder.path, 'doc.yaml'), schema, { code: 'CONFIG_INVALID' });
    await expect(reading).rejects.toThrow(/is not a plain file/);
  });

  test('one larger than 1 MiB', async () => {
    await expect(read(`title: lab\n${'#'.repeat(1024 * 1024)}`)).rejects.toThrow(/larger than 1 MiB/);
  });

  test('bytes that are not UTF-8', async () => {
    await expect(read(Uint8Array.of(0x61, 0x3a, 0x20, 0xff))).rejects.toThrow(/not UTF-8/);
  });
});

test('the nearest name is one that was probably meant, or none', () => {
  const known = ['topology_dir', 'overlay_dir', 'roots'];
  expect(nearest('toplogy_dir', known)).toBe('topology_dir');
  expect(nearest('Root', known)).toBe('roots');
  expect(nearest('password', known)).toBeUndefined();
  expect(nearest('x'.repeat(100_000), known)).toBeUndefined();
});

test('a path becomes absolute from its base or from the home', () => {
  expect(absolute('a/../b', '/base', '/home/ada')).toBe('/base/b');
  expect(absolute('~/keys', '/base', '/home/ada')).toBe('/home/ada/keys');
  expect(absolute('~eve/keys', '/base', '/home/ada')).toBe('/base/~eve/keys');
  expect(absolute('/x//y', '/base', '/home/ada')).toBe('/x/y');
});

test('beneath a folder is what its path goes through, not what looks alike', () => {
  expect(isBeneath('/srv/images/a', '/srv/images')).toBe(true);
  expect(isBeneath('/srv/images', '/srv/images')).toBe(true);
  expect(isBeneath('/srv/images/..a', '/srv/images')).toBe(true);
  expect(isBeneath('/srv/images-old/a', '/srv/images')).toBe(false);
  expect(isBeneath('/srv', '/srv/images')).toBe(false);
});
