import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root } from './programs.ts';

/** A lab of one with rules of its own. */
export async function policiesWith(rules: object): Promise<readonly object[]> {
  const shipped = ['lab-of-one.yaml', 'roles.yaml'].map(async (file) =>
    parse(await readFile(join(root, 'policies', file), 'utf8')),
  );
  const roles = { house: { description: 'What this benchmark needs.', ...rules } };
  return [...(await Promise.all(shipped)), { version: 1, roles, bindings: [{ role: 'house', users: ['*'] }] }];
}
