import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { LabError } from '../../sdk/index.ts';
import { migrations } from './migrations.ts';

/** A row as SQLite gives it. */
export type Row = Readonly<Record<string, unknown>>;

type Parameter = string | number | null;

/** One database file: statements prepared once, transactions that are whole or nothing. */
export interface Database {
  all(sql: string, ...parameters: Parameter[]): readonly Row[];
  get(sql: string, ...parameters: Parameter[]): Row | undefined;
  /** Answers how many rows it changed. */
  run(sql: string, ...parameters: Parameter[]): number;
  atomically<T>(work: () => T): T;
  /** Grows with every row that is written, also by what is taken back later. */
  readonly writes: number;
  close(): void;
}

export function openDatabase(path: string): Database {
  const connection = new DatabaseSync(path, { timeout: 5_000, enableForeignKeyConstraints: true });
  // NORMAL does not wait for the disk at a commit: `durable` does, for everybody who committed meanwhile.
  connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
  migrate(connection, path);
  let writes = 0;
  const prepared = new Map<string, StatementSync>();
  const statement = (sql: string) => {
    const known = prepared.get(sql) ?? connection.prepare(sql);
    prepared.set(sql, known);
    return known;
  };
  return {
    all: (sql, ...parameters) => statement(sql).all(...parameters),
    get: (sql, ...parameters) => statement(sql).get(...parameters),
    run(sql, ...parameters) {
      const changed = Number(statement(sql).run(...parameters).changes);
      writes += changed;
      return changed;
    },
    atomically: (work) => atomically(connection, work),
    get writes() {
      return writes;
    },
    close: () => connection.close(),
  };
}

function migrate(connection: DatabaseSync, path: string): void {
  const { user_version: done } = connection.prepare('PRAGMA user_version').get() as { user_version: number };
  if (done > migrations.length)
    throw new LabError(
      'CONFIG_INVALID',
      `${path} was written by a newer labwarden; start that version, or use another state_dir.`,
    );
  for (const [index, step] of migrations.entries()) {
    if (index < done) continue;
    atomically(connection, () => connection.exec(`${step}; PRAGMA user_version = ${index + 1};`));
  }
}

function atomically<T>(connection: DatabaseSync, work: () => T): T {
  connection.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    connection.exec('COMMIT');
    return result;
  } catch (reason) {
    connection.exec('ROLLBACK');
    throw reason;
  }
}
