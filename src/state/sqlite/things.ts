import { LabError, type Subjects, type Vm } from '../../sdk/index.ts';
import type { Creation, Intent, Settlement, State, Stored } from '../state.ts';
import { countsOfVm, insertCount } from './counts.ts';
import type { Database, Row } from './database.ts';
import { releaseDisks, takeDisks } from './disks.ts';
import { clusterOf, jobOf, vmOf } from './rows.ts';

type Readers = { readonly [T in Stored]: { readonly from: string; readonly read: (row: Row) => Subjects[T] } };

/** A cluster's shares hold for its machines, and so does the trash. */
const shares = (id: string) =>
  `(SELECT json_group_array(json_array(kind, name, access)) FROM share WHERE cluster_id = ${id}) AS shares`;

const readers: Readers = {
  cluster: { from: `SELECT *, ${shares('cluster.id')} FROM cluster`, read: clusterOf },
  vm: {
    from: `SELECT *, ${shares('vm.cluster_id')},
      (SELECT trashed_at FROM cluster WHERE cluster.id = vm.cluster_id) AS trashed_at FROM vm`,
    read: vmOf,
  },
  job: { from: 'SELECT * FROM call', read: jobOf },
};

/** Of each owner's jobs, so many of the newest: nobody's hide another's. */
const listed = 500;

/** And all that run. Without what they answered, which may be long. */
const jobs = `
  SELECT id, owner, project, tool, status, started_at, ended_at, progress, NULL AS result, NULL AS error FROM call
  WHERE status = 'running' OR rowid IN (
    SELECT rowid FROM (SELECT rowid, ROW_NUMBER() OVER (PARTITION BY owner ORDER BY started_at DESC) AS place FROM call)
    WHERE place <= ?
  )
  ORDER BY started_at DESC`;

type Reading = Pick<State, 'named' | 'byId' | 'all' | 'nodes'>;

/** Looking things up. */
export function reading(database: Pick<Database, 'all' | 'get'>): Reading {
  const rows = <T extends Stored>(type: T, tail: string, ...parameters: string[]) =>
    database.all(`${readers[type].from} ${tail}`, ...parameters).map(readers[type].read);
  return {
    async named(type, name) {
      if (type !== 'vm') return rows(type, `WHERE ${type === 'job' ? 'id' : 'name'} = ?`, name);
      const [cluster = '', node = ''] = name.includes('/') ? name.split('/', 2) : ['', name];
      return rows(type, 'WHERE cluster = ? AND name = ?', cluster, node);
    },
    byId: async (type, id) => rows(type, 'WHERE id = ?', id)[0],
    all: async (type) =>
      type === 'job' ? database.all(jobs, listed).map(readers[type].read) : rows(type, 'ORDER BY name'),
    nodes: async (clusterId) => rows('vm', 'WHERE cluster_id = ? ORDER BY position', clusterId),
  };
}

interface Making {
  /** Those of the owner, now. */
  readonly groups: readonly string[];
  readonly at: string;
}

/** Takes names, disks and counts for things that will be. Throws CONFLICT when somebody was faster. */
export function create(database: Database, { cluster, nodes, graceH }: Creation, { groups, at }: Making): void {
  if (database.get('SELECT 1 FROM cluster WHERE owner = ? AND name = ?', cluster.owner, cluster.name))
    throw new LabError('CONFLICT', `You have a cluster "${cluster.name}" already.`);
  const { id, name, owner, project, provider, topology, topologyDigest, network } = cluster;
  database.run(
    `INSERT INTO cluster (id, name, owner, project, provider, protected, tags, expires_at, generation, topology, topology_digest,
       network, groups, lease_stage, stage_at, grace_h)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ...[id, name, owner, project, provider, Number(cluster.protected), JSON.stringify(cluster.tags)],
    ...[cluster.expiresAt ?? null, cluster.generation, topology, topologyDigest, JSON.stringify(network)],
    ...[JSON.stringify(groups), cluster.expiresAt === undefined ? null : 'active', at, graceH ?? 24],
  );
  for (const [position, node] of nodes.entries()) insertNode(database, cluster.id, position, node, groups);
}

function insertNode(database: Database, clusterId: string, position: number, vm: Vm, groups: readonly string[]): void {
  database.run(
    `INSERT INTO vm (id, name, owner, project, provider, protected, tags, expires_at, generation, cluster_id, cluster, position,
       kind, role, managed, ref, vcpus, memory_mb, disk_gb, spec)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ...[vm.id, vm.name, vm.owner, vm.project, vm.provider, Number(vm.protected), JSON.stringify(vm.tags)],
    ...[vm.expiresAt ?? null, vm.generation, clusterId, vm.cluster ?? '', position, vm.kind, vm.role ?? null],
    ...[Number(vm.managed), vm.ref ?? null, vm.vcpus, vm.memoryMb, vm.diskGb, JSON.stringify(vm.spec)],
  );
  for (const count of countsOfVm(vm)) insertCount(database, count, { ...vm, groups });
  takeDisks(database, vm, groups);
}

/** Gives names back, and the disks with them. */
export function drop(database: Database, { type, id, disks }: Settlement['drops'][number]): void {
  const column = type === 'vm' ? 'id' : 'cluster_id';
  for (const row of database.all(`SELECT id FROM vm WHERE ${column} = ?`, id)) {
    releaseDisks(database, String(row['id']), disks);
    database.run('DELETE FROM counted WHERE thing = ?', String(row['id']));
  }
  database.run(`DELETE FROM vm WHERE ${column} = ?`, id);
  if (type === 'cluster') database.run('DELETE FROM cluster WHERE id = ?', id);
}

export const intentOf = (row: Row): Intent => ({
  id: String(row['id']),
  tool: String(row['tool']),
  principal: JSON.parse(String(row['principal'])),
  project: String(row['project']),
  input: JSON.parse(String(row['input'])),
  effect: row['effect'] === 'destroy' ? 'destroy' : 'change',
  subjects: JSON.parse(String(row['subjects'])),
  startedAt: String(row['started_at']),
});
