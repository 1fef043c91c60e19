import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Cabinet, State } from '../state.ts';
import { approvals } from './approvals.ts';
import { calls } from './calls.ts';
import { counting } from './counts.ts';
import { type Database, openDatabase } from './database.ts';
import { disks } from './disks.ts';
import { flusher } from './flush.ts';
import { sharing } from './sharing.ts';
import { tenures } from './tenures.ts';
import { reading } from './things.ts';

/** How long the commands and answers of ended calls can be asked for by job_get. The audit log keeps less of them, for ever. */
const keptDays = 30;

/** The lab's own facts in `<dir>/state.db`. Throws CONFIG_INVALID when a newer labwarden wrote it. */
export function openState(dir: string): State {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const path = join(dir, 'state.db');
  const database = openDatabase(path);
  const monthAgo = new Date(Date.now() - keptDays * 86_400_000).toISOString();
  database.run("DELETE FROM call WHERE status <> 'running' AND ended_at < ?", monthAgo);
  const disk = flusher(`${path}-wal`);
  return {
    ...reading(database),
    ...calls(database),
    ...disks(database),
    ...approvals(database),
    ...counting(database),
    ...tenures(database),
    ...sharing(database),
    durable: () => disk.flush(),
    get version() {
      return database.writes;
    },
    get health() {
      return disk.failed === undefined ? 'ok' : { failed: disk.failed };
    },
    cabinet: (plugin) => cabinet(database, plugin),
    async close() {
      await disk.close();
      database.close();
    },
  };
}

const cabinet = (database: Database, plugin: string): Cabinet => ({
  async get(key) {
    const row = database.get('SELECT value FROM cabinet WHERE plugin = ? AND key = ?', plugin, key);
    return row && JSON.parse(String(row['value']));
  },
  list: async (prefix) =>
    database
      .all(
        'SELECT key FROM cabinet WHERE plugin = ? AND substr(key, 1, ?) = ? ORDER BY key',
        plugin,
        prefix.length,
        prefix,
      )
      .map((row) => String(row['key'])),
  set: async (key, value) =>
    void database.run(
      'INSERT INTO cabinet VALUES (?, ?, ?) ON CONFLICT (plugin, key) DO UPDATE SET value = excluded.value',
      ...[plugin, key, JSON.stringify(value)],
    ),
  remove: async (key) => void database.run('DELETE FROM cabinet WHERE plugin = ? AND key = ?', plugin, key),
});
