import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { goldenFile, matrix } from './matrix.ts';

test('every tool against every role is as it was decided; `node --conditions=labwarden-source test/policy/matrix.ts` writes it', async () => {
  const now = await matrix();
  expect(now.split('\n').length).toBeGreaterThan(40);
  expect(now).toBe(await readFile(goldenFile, 'utf8'));
});
