import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSecrets } from '../../../src/ports/index.ts';
import { ownFolder } from '../../support/folder.ts';

test('a program that does not end is ended after ten seconds, whatever it has started', async () => {
  await using folder = await ownFolder();
  const program = join(folder.path, 'program');
  await writeFile(program, '#!/bin/sh\necho canary\nsleep 60 &\nsleep 60\n');
  await chmod(program, 0o700);
  const began = performance.now();
  await expect(openSecrets({ it: { command: [program] } }, {}).read('it')).rejects.toThrow(
    `The secret "it" cannot be read: ${program} took longer than 10 s and was ended.`,
  );
  expect(performance.now() - began).toBeLessThan(20_000);
});
