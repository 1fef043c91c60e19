import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { schemas } from '../../scripts/write-schemas.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (file: string) => readFile(resolve(root, file), 'utf8');

describe('schemas/ holds what the code says; `node scripts/write-schemas.ts` writes it', () => {
  test.each(Object.entries(schemas()))('%s', async (file, schema) => {
    expect(JSON.parse(await read(`schemas/${file}`))).toEqual(schema);
  });
});

describe('an editor finds nothing wrong with what we ship', () => {
  test.each([
    ['config.schema.json', 'config.example.yaml'],
    ['topology.schema.json', 'topologies/example-3node.yaml'],
    ['policy.schema.json', 'policies/lab-of-one.yaml'],
    ['policy.schema.json', 'policies/roles.yaml'],
    ['policy.schema.json', 'policies/shared-lab.example.yaml'],
    ['policy-test.schema.json', 'policies/lab-of-one.test.yaml'],
    ['policy-test.schema.json', 'policies/shared-lab.example.test.yaml'],
    ['topology.schema.json', 'test/support/topologies/reference-form.yaml'],
  ])('%s: %s', async (schema, file) => {
    const check = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true }).compile(
      JSON.parse(await read(`schemas/${schema}`)),
    );
    expect(check(parse(await read(file))), JSON.stringify(check.errors)).toBe(true);
  });

  test('and what has a wrong key is marked', async () => {
    const check = new Ajv2020().compile(JSON.parse(await read('schemas/config.schema.json')));
    expect(check({ toplogy_dir: 'x' })).toBe(false);
  });
});
