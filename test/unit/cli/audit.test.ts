import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { openAuditLog } from '../../../src/audit/index.ts';
import { audit } from '../../../src/cli/audit.ts';
import { ownFolder } from '../../support/folder.ts';

/** The exit code of `labwarden audit`, and all that it says. */
async function said(...args: readonly string[]): Promise<{ code: number; text: string }> {
  let text = '';
  const write = (piece: string | Uint8Array) => {
    text += String(piece);
    return true;
  };
  const spies = [process.stdout, process.stderr].map((to) => vi.spyOn(to, 'write').mockImplementation(write));
  try {
    return { code: await audit(args), text };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

test('a torn log is told with its place, its size and what mends it; and a start does mend it', async () => {
  await using folder = await ownFolder();
  const { path: dir } = folder;
  await (await openAuditLog({ dir }))[Symbol.asyncDispose]();
  await appendFile(join(dir, '000000000001.jsonl'), '{"v":1,"seq":99');
  const { code, text } = await said('verify', '--dir', dir);
  expect(code).toBe(2);
  expect(text).toContain(
    '\n000000000001.jsonl:3: ends in a torn line of 15 bytes; start labwarden once: it mends this.\n',
  );
  await (await openAuditLog({ dir }))[Symbol.asyncDispose]();
  expect(await said('verify', '--dir', dir)).toMatchObject({ code: 0, text: expect.stringMatching(/^whole: /) });
});

test.each([[[]], [['erase']], [['verify', '--everything']]])('audit %j is no verdict', async (args) => {
  const { code, text } = await said(...args);
  expect(code).toBe(4);
  expect(text).toMatch(/^labwarden: INVALID_INPUT: /);
});
