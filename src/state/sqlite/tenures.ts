import type { LeaseStage } from '../../sdk/index.ts';
import type { State, Tenure } from '../state.ts';
import type { Database, Row } from './database.ts';

type Tenures = Pick<State, 'tenures' | 'tenure' | 'setTenure'>;

/** How long clusters stay. */
export const tenures = (database: Database): Tenures => ({
  tenures: async () =>
    database
      .all('SELECT * FROM cluster WHERE expires_at IS NOT NULL OR trashed_at IS NOT NULL ORDER BY id')
      .map(tenureOf),
  async tenure(clusterId) {
    const row = database.get('SELECT * FROM cluster WHERE id = ?', clusterId);
    return row && tenureOf(row);
  },
  setTenure: async (clusterId, change, ifExpiresAt) =>
    database.atomically(() => {
      const row = database.get('SELECT expires_at FROM cluster WHERE id = ?', clusterId);
      if (ifExpiresAt === undefined || row?.['expires_at'] === ifExpiresAt) set(database, clusterId, change);
    }),
});

const columns = {
  ...{ expiresAt: 'expires_at', stage: 'lease_stage', stageAt: 'stage_at', extensions: 'extensions' },
  ...{ graceH: 'grace_h', trashedAt: 'trashed_at', purgeAt: 'purge_at' },
} as const satisfies Record<keyof Omit<Tenure, 'clusterId'>, string>;

function set(database: Database, clusterId: string, change: Partial<Omit<Tenure, 'clusterId'>>): void {
  for (const [key, column] of Object.entries(columns)) {
    const value = change[key as keyof typeof columns];
    if (!Object.hasOwn(change, key)) continue;
    database.run(`UPDATE cluster SET ${column} = ? WHERE id = ?`, value ?? null, clusterId);
    if (key === 'expiresAt')
      database.run('UPDATE vm SET expires_at = ? WHERE cluster_id = ?', value ?? null, clusterId);
  }
}

const text = (row: Row, column: string) => (row[column] === null ? undefined : String(row[column]));

const tenureOf = (row: Row): Tenure => ({
  clusterId: String(row['id']),
  expiresAt: text(row, 'expires_at'),
  stage: text(row, 'lease_stage') as LeaseStage | undefined,
  stageAt: text(row, 'stage_at'),
  extensions: Number(row['extensions']),
  graceH: Number(row['grace_h']),
  trashedAt: text(row, 'trashed_at'),
  purgeAt: text(row, 'purge_at'),
});
