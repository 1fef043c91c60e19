import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { LabError } from '../../sdk/index.ts';
import type { State } from '../state.ts';
import { migrations } from './migrations.ts';
import { reading } from './things.ts';

export type Looking = Pick<State, 'named' | 'nodes'> & Disposable;

/**
 * The lab's own facts, to be looked at beside a server or without one: nothing is written, no lock is kept and no file is made.
 * `undefined` where there is no lab yet. Throws CONFIG_INVALID when another version of labwarden wrote it.
 */
export function lookAtState(dir: string): Looking | undefined {
  const path = join(dir, 'state.db');
  if (!existsSync(path)) return undefined;
  const connection = new DatabaseSync(whole(path), { readOnly: true, timeout: 5_000 });
  const version = connection.prepare('PRAGMA user_version').get()?.['user_version'];
  if (version !== migrations.length) {
    connection.close();
    throw new LabError('CONFIG_INVALID', `${path} was written by another version of labwarden; start this one once.`);
  }
  const { named, nodes } = reading({
    all: (sql, ...parameters) => connection.prepare(sql).all(...parameters),
    get: (sql, ...parameters) => connection.prepare(sql).get(...parameters),
  });
  return { named, nodes, [Symbol.dispose]: () => connection.close() };
}

/** Without a server all of it is in the one file, and SQLite is told so: it would make its other two to look at it. */
function whole(path: string): URL {
  const url = pathToFileURL(path);
  if (!existsSync(`${path}-wal`)) url.searchParams.set('immutable', '1');
  return url;
}
