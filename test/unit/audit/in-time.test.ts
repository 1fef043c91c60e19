import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inTime, NoAnswer } from '../../../src/audit/in-time.ts';
import { ownFolder } from '../../support/folder.ts';

const patienceMs = 300;

/** Nothing else happens in this process until the patience is over and the folder is there. */
function standStill(path: string): void {
  for (const until = Date.now() + patienceMs + 20; Date.now() < until || !existsSync(path); );
}

test('what the disk has answered while the process stood still is heard', async () => {
  await using folder = await ownFolder();
  const path = join(folder.path, 'one');
  const work = inTime(patienceMs, mkdir(path));
  standStill(path);
  await work;
});

test('what had still to be asked of the disk then has time left', async () => {
  await using folder = await ownFolder();
  const [one, two] = [join(folder.path, 'one'), join(folder.path, 'two')];
  const work = inTime(
    patienceMs,
    mkdir(one).then(() => mkdir(two)),
  );
  standStill(one);
  await work;
  expect(existsSync(two)).toBe(true);
});

test('a disk that does not answer is not waited for', async () => {
  await expect(inTime(10, new Promise(() => {}))).rejects.toThrow(NoAnswer);
});
