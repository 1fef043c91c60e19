import { LabError } from '../../sdk/index.ts';
import type { State } from '../state.ts';
import { refuseBeyond } from './counts.ts';
import type { Database } from './database.ts';

type Sharing = Pick<State, 'share' | 'handOver'>;

/** Who else may have a part in what somebody owns. */
export const sharing = (database: Database): Sharing => ({
  share: async (clusterId, to, access, ifOwner) =>
    database.atomically(() => {
      if (
        ifOwner !== undefined &&
        !database.get('SELECT 1 FROM cluster WHERE id = ? AND owner = ?', clusterId, ifOwner)
      )
        throw new LabError('CONFLICT', `It is not ${ifOwner}'s any more.`);
      share(database, clusterId, to, access);
    }),
  handOver: async (clusterId, to, bounds) => database.atomically(() => handOver(database, clusterId, to, bounds)),
});

function share(
  database: Database,
  clusterId: string,
  { with: kind, name }: Parameters<State['share']>[1],
  access: Parameters<State['share']>[2],
): void {
  if (access === undefined)
    database.run('DELETE FROM share WHERE cluster_id = ? AND kind = ? AND name = ?', clusterId, kind, name);
  else
    database.run(
      'INSERT INTO share VALUES (?, ?, ?, ?) ON CONFLICT (cluster_id, kind, name) DO UPDATE SET access = excluded.access',
      ...[clusterId, kind, name, access],
    );
}

const things = `thing IN (SELECT id FROM vm WHERE cluster_id = ?1
  UNION ALL SELECT 'disk ' || path FROM disk WHERE vm_id IN (SELECT id FROM vm WHERE cluster_id = ?1))`;

function handOver(
  database: Database,
  clusterId: string,
  { user, groups }: Parameters<State['handOver']>[1],
  bounds: Parameters<State['handOver']>[2],
): void {
  const name = String(database.get('SELECT name FROM cluster WHERE id = ?', clusterId)?.['name']);
  if (database.get('SELECT 1 FROM cluster WHERE owner = ? AND name = ?', user, name))
    throw new LabError('CONFLICT', `You have a cluster "${name}" already. Destroy it first.`);
  const kinds = database.all(`SELECT kind, SUM(amount) AS sum FROM counted WHERE ${things} GROUP BY kind`, clusterId);
  const added = new Map(kinds.map((row) => [String(row['kind']), Number(row['sum'])]));
  database.run('UPDATE cluster SET owner = ?, groups = ? WHERE id = ?', user, JSON.stringify(groups), clusterId);
  database.run('UPDATE vm SET owner = ? WHERE cluster_id = ?', user, clusterId);
  database.run('UPDATE disk SET owner = ? WHERE vm_id IN (SELECT id FROM vm WHERE cluster_id = ?)', user, clusterId);
  database.run(`UPDATE counted SET owner = ?2, groups = ?3 WHERE ${things}`, clusterId, user, JSON.stringify(groups));
  database.run('DELETE FROM share WHERE cluster_id = ?', clusterId);
  refuseBeyond(database, bounds, added, 'counted');
}
