import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { serveLab } from '../../../src/transports/lab-server.ts';
import { dial } from '../../../src/transports/start.ts';
import { ownFolder } from '../../support/folder.ts';
import { labFiles, openLab } from '../../support/lab.ts';

const rules = (...actions: readonly string[]) => ({
  version: 1,
  roles: { all: { allow: [{ actions, on: ['cluster', 'vm'] }] } },
  bindings: [{ role: 'all', users: ['*'] }],
});

async function asked(path: string, question: object): Promise<unknown> {
  const socket = await dial(path);
  socket?.write(`${JSON.stringify({ hello: 1, via: 'cli', ...question })}\n`);
  let text = '';
  for await (const piece of socket?.setEncoding('utf8') ?? []) text += piece;
  return text === '' ? undefined : JSON.parse(text);
}

test('an admin reads the files again and accepts what waits, over the lab’s own socket', async () => {
  await using folder = await ownFolder();
  await using lab = await openLab(await labFiles(folder.path, { policies: [rules('inspect')] }));
  const path = join(folder.path, 'run', 'lab.sock');
  const served = await serveLab(lab.kernel, { path, version: '0', idleExitMs: 60_000 });
  const first = lab.lab.policy.hash;
  await writeFile(join(folder.path, 'policy-0.yaml'), JSON.stringify(rules('inspect', 'destroy')));
  expect(await asked(path, { ask: 'reload-policy' })).toEqual({ data: lab.lab.policyHealth() });
  const { pending } = lab.lab.policyHealth();
  expect(await asked(path, { ask: 'status' })).toMatchObject({ policy: first, policyHealth: { hash: first, pending } });
  expect(await asked(path, { ask: 'accept-policy', policy: first })).toMatchObject({ error: { code: 'NOT_FOUND' } });
  expect(await asked(path, { ask: 'accept-policy' })).toMatchObject({ error: { code: 'NOT_FOUND' } });
  // What is no hash is no question at all.
  expect(await asked(path, { ask: 'accept-policy', policy: '*' })).toBeUndefined();
  expect(await asked(path, { ask: 'accept-policy', policy: pending?.hash })).toEqual({ data: { hash: pending?.hash } });
  expect(lab.lab.policy.hash).toBe(pending?.hash);
  await served.close();
});
