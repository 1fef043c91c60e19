import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { lookAtState } from '../../../src/state/index.ts';
import { ownFolder } from '../../support/folder.ts';
import { openedState, reservation } from '../../support/state.ts';

test('what a running server knows can be looked at beside it, and after it, and no file is made for that', async () => {
  await using folder = await ownFolder();
  const seen = async () => {
    using look = lookAtState(folder.path);
    const [cluster] = (await look?.named('cluster', 'red')) ?? [];
    return [
      cluster?.owner,
      (await look?.nodes(cluster?.id ?? ''))?.map(({ name }) => name),
      await look?.named('vm', 'red/n1'),
    ];
  };
  {
    await using state = openedState(folder.path);
    await state.reserve(reservation({ name: 'red' }));
    expect(await seen()).toEqual(['ada', ['n0', 'n1'], [expect.objectContaining({ name: 'n1', cluster: 'red' })]]);
  }
  const files = await readdir(folder.path);
  expect(await seen()).toMatchObject(['ada', ['n0', 'n1'], [{}]]);
  expect(await readdir(folder.path)).toEqual(files);
});

test('where there is none, there is none, and none is made', async () => {
  await using folder = await ownFolder();
  expect(lookAtState(folder.path)).toBeUndefined();
  expect(await readdir(folder.path)).toEqual([]);
});

test('one of another version is not read', async () => {
  await using folder = await ownFolder();
  new DatabaseSync(join(folder.path, 'state.db')).exec('PRAGMA user_version = 999');
  expect(() => lookAtState(folder.path)).toThrow(/was written by another version of labwarden; start this one once\.$/);
});
