import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { holdState } from '../../../src/state/index.ts';
import { ownFolder } from '../../support/folder.ts';

const holder = `
  import { holdState } from '${new URL('../../../src/state/hold.ts', import.meta.url).href}';
  globalThis.held = holdState(process.argv[1]);
  process.stdout.write(globalThis.held ? 'held' : 'refused');
  setInterval(() => {}, 1_000);
`;

test('a state is held by one process, and free when that one was killed', async () => {
  await using folder = await ownFolder();
  const args = ['--conditions=labwarden-source', '--input-type=module', '--eval', holder, folder.path];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  try {
    const [said] = await once(child.stdout, 'data');
    expect(String(said)).toBe('held');
    expect(holdState(folder.path)).toBeUndefined();
    expect(holdState(folder.path)).toBeUndefined();
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
  using mine = holdState(folder.path);
  expect(mine).toBeDefined();
});

test('nor does one process hold it twice', async () => {
  await using folder = await ownFolder();
  const first = holdState(folder.path);
  expect(holdState(folder.path)).toBeUndefined();
  first?.[Symbol.dispose]();
  using second = holdState(folder.path);
  expect(second).toBeDefined();
});

test('nobody else may enter the folder, whoever made it', async () => {
  await using folder = await ownFolder();
  const dir = join(folder.path, 'state');
  await mkdir(dir, { mode: 0o755 });
  using _held = holdState(dir);
  expect((await stat(dir)).mode & 0o777).toBe(0o700);
});
