import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { openState } from '../../../src/state/index.ts';
import { openDatabase } from '../../../src/state/sqlite/database.ts';
import { migrations } from '../../../src/state/sqlite/migrations.ts';
import { ownFolder } from '../../support/folder.ts';

test('what a newer labwarden wrote is not touched', async () => {
  await using folder = await ownFolder();
  const path = join(folder.path, 'state.db');
  {
    using newer = new DatabaseSync(path);
    newer.exec(`PRAGMA user_version = ${migrations.length + 1}`);
  }
  expect(() => openState(folder.path)).toThrow(
    expect.objectContaining({
      code: 'CONFIG_INVALID',
      message: `${path} was written by a newer labwarden; start that version, or use another state_dir.`,
    }),
  );
  using after = new DatabaseSync(path);
  expect(after.prepare('SELECT name FROM sqlite_schema').all()).toEqual([]);
});

test('each migration is done once', async () => {
  await using folder = await ownFolder();
  for (let start = 0; start < 3; start += 1) await openState(folder.path).close();
  using database = new DatabaseSync(join(folder.path, 'state.db'));
  expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: migrations.length });
});

test('disks of a lab that did not note what it had made count as its own', async () => {
  await using folder = await ownFolder();
  {
    using older = new DatabaseSync(join(folder.path, 'state.db'));
    older.exec(`${migrations[0]}; PRAGMA user_version = 1`);
    older.exec("INSERT INTO disk VALUES ('/overlays/a.qcow2', NULL, 'ada', 'demo', '/images/base.qcow2', 0)");
  }
  const state = openState(folder.path);
  expect(await state.disk('/overlays/a.qcow2')).toMatchObject({ owner: 'ada', made: true });
  await state.close();
});

test('what is done atomically is done whole, or not at all', async () => {
  await using folder = await ownFolder();
  const database = openDatabase(join(folder.path, 'state.db'));
  const set = (key: string) => database.run('INSERT INTO cabinet VALUES (?, ?, ?)', 'p', key, '1');
  const broken = () => {
    set('one');
    set('one');
  };
  expect(() => database.atomically(broken)).toThrow(/UNIQUE/);
  expect(database.all('SELECT * FROM cabinet')).toEqual([]);
  expect(database.atomically(() => set('one') + set('two'))).toBe(2);
  database.close();
});
