import type { Cluster, Job, LeaseStage, Share, Vm } from '../../sdk/index.ts';
import type { Row } from './database.ts';

const text = (row: Row, column: string): string => String(row[column]);
const json = (row: Row, column: string) => JSON.parse(text(row, column));

/** A column that may be NULL, as a property that is there or not. */
const optional = <K extends string, T>(row: Row, column: string, key: K, read: (row: Row, column: string) => T) =>
  (row[column] === null ? {} : { [key]: read(row, column) }) as { readonly [P in K]?: T };

const owned = (row: Row) => ({
  id: text(row, 'id'),
  name: text(row, 'name'),
  owner: text(row, 'owner'),
  project: text(row, 'project'),
  protected: row['protected'] === 1,
  tags: json(row, 'tags') as string[],
  generation: Number(row['generation']),
  ...optional(row, 'expires_at', 'expiresAt', text),
  ...optional(row, 'trashed_at', 'trashedAt', text),
  ...(row['shares'] === '[]' ? {} : { shares: sharesOf(row) }),
});

/** As the queries of things.ts put them together. */
const sharesOf = (row: Row): readonly Share[] =>
  (json(row, 'shares') as [Share['with'], string, Share['access']][]).map(([kind, name, access]) => ({
    ...{ with: kind, name, access },
  }));

export const clusterOf = (row: Row): Cluster => ({
  ...owned(row),
  provider: text(row, 'provider'),
  topology: text(row, 'topology'),
  topologyDigest: text(row, 'topology_digest'),
  network: json(row, 'network'),
  ...optional(row, 'lease_stage', 'leaseStage', (stage, column) => text(stage, column) as LeaseStage),
  ...optional(row, 'purge_at', 'purgeAt', text),
});

export const vmOf = (row: Row): Vm => ({
  ...owned(row),
  kind: row['kind'] === 'container' ? 'container' : 'vm',
  provider: text(row, 'provider'),
  managed: row['managed'] === 1,
  vcpus: Number(row['vcpus']),
  memoryMb: Number(row['memory_mb']),
  diskGb: Number(row['disk_gb']),
  spec: json(row, 'spec'),
  ...(row['cluster'] === '' ? {} : { cluster: text(row, 'cluster') }),
  ...optional(row, 'role', 'role', text),
  ...optional(row, 'ref', 'ref', text),
});

export const jobOf = (row: Row): Job => ({
  id: text(row, 'id'),
  name: text(row, 'id'),
  owner: text(row, 'owner'),
  project: text(row, 'project'),
  tool: text(row, 'tool'),
  status: text(row, 'status') as Job['status'],
  startedAt: text(row, 'started_at'),
  ...optional(row, 'ended_at', 'endedAt', text),
  ...optional(row, 'progress', 'progress', json),
  ...optional(row, 'result', 'result', json),
  ...optional(row, 'error', 'error', json),
});
