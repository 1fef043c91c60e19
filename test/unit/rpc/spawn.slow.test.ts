import { expect, test } from 'vitest';
import { spawnPlugin } from '../../../src/rpc/spawn.ts';

test('a plugin that never finishes loading is ended, and refused by a sentence', async () => {
  const entry = new URL('data:text/javascript,setInterval(()=>{},1000); await new Promise(() => {})');
  await expect(spawnPlugin(entry)).rejects.toMatchObject({
    code: 'PLUGIN_INVALID',
    message: expect.stringMatching(/did not load within 20 s\.$/),
  });
});

test('a process ends with its disposal, also when it is too busy to notice', async () => {
  const code =
    'setTimeout(() => { for (;;); }, 0); export const plugin = { kind: "capability", id: "x", operations: [] };';
  const busy = await spawnPlugin(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
  await busy[Symbol.asyncDispose]();
  expect(busy.child.signalCode).toBe('SIGKILL');
});
