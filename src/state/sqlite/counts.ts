import { LabError, type Vm } from '../../sdk/index.ts';
import type { Bound, Count, Creation, Reservation, Scope, State } from '../state.ts';
import type { Database } from './database.ts';

interface Whose {
  readonly owner: string;
  readonly project: string;
  readonly groups: readonly string[];
}

type Adding = Omit<Reservation, 'intent' | 'spends'>;

/** What is there of everything that can be counted, running or not: one row for a thing and a kind. */
export const counting = (database: Database): Pick<State, 'room' | 'used'> => ({
  room: async (wanted) => refuseBeyond(database, wanted.bounds, additions(database, wanted), 'wanted'),
  used: async (scope, kind) => used(database, scope, kind),
});

export const countsOfVm = ({ id, vcpus, memoryMb }: Vm): readonly Count[] => [
  { thing: id, kind: 'vms', amount: 1 },
  { thing: id, kind: 'vcpus', amount: vcpus },
  { thing: id, kind: 'memory_mb', amount: memoryMb },
];

/** By path, because a disk may outlive its VM: what is kept goes on counting. */
export function countsOfDisks({ diskGb, spec: { disk, extraDisks } }: Vm): readonly Count[] {
  const own = extraDisks.reduce((rest, { sizeGb }) => rest - sizeGb, diskGb);
  return [{ path: disk.path, sizeGb: own }, ...extraDisks].map(({ path, sizeGb }) => ({
    ...{ thing: `disk ${path}`, kind: 'disk_gb', amount: Math.max(0, sizeGb) },
  }));
}

/** A thing that is counted already stays as it is. */
export function insertCount(database: Database, { thing, kind, amount }: Count, whose: Whose): void {
  database.run(
    'INSERT INTO counted VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    ...[thing, kind, amount, whose.owner, whose.project, JSON.stringify(whose.groups)],
  );
}

/** What a call would add of each kind that a bound speaks of, its own job among it. */
export function additions(database: Database, { creates, counts = [] }: Adding): ReadonlyMap<string, number> {
  const disks = creates
    .flatMap(({ nodes }) => nodes.flatMap(countsOfDisks))
    .filter((disk) => !isCounted(database, disk));
  const all = [...vmsOf(creates), ...disks, ...counts, { kind: 'running_jobs', amount: 1 }];
  const sums = new Map<string, number>();
  for (const { kind, amount } of all) sums.set(kind, (sums.get(kind) ?? 0) + amount);
  return sums;
}

const vmsOf = (creates: readonly Creation[]) => creates.flatMap(({ nodes }) => nodes.flatMap(countsOfVm));

const isCounted = (database: Database, { thing, kind }: Count): boolean =>
  database.get('SELECT 1 FROM counted WHERE thing = ? AND kind = ?', thing, kind) !== undefined;

/** Throws LIMIT_EXCEEDED for the first bound that does not hold. What is `counted` is in the sums already. */
export function refuseBeyond(
  database: Database,
  bounds: readonly Bound[],
  added: ReadonlyMap<string, number>,
  when: 'wanted' | 'counted',
): void {
  for (const bound of bounds) {
    const want = added.get(bound.kind) ?? 0;
    if (want === 0) continue;
    const have = used(database, bound, bound.kind) - (when === 'counted' ? want : 0);
    if (have + want > bound.most) throw exceeded(bound, have, want);
  }
}

/** Things carry the groups that their owner had when they were made. */
const scopes: Readonly<Record<Scope['per'], string>> = {
  person: 'owner = ?',
  group: 'EXISTS (SELECT 1 FROM json_each(groups) WHERE json_each.value = ?)',
  project: 'project = ?',
};

export function used(database: Database, { per, of }: Scope, kind: string): number {
  const row =
    kind === 'running_jobs'
      ? database.get(`${runningJobs} WHERE ${scopes[per]}`, of)
      : database.get(`SELECT SUM(amount) AS sum FROM counted WHERE kind = ? AND ${scopes[per]}`, kind, of);
  return Number(row?.['sum'] ?? 0);
}

/** Found among those that run, however many their owner has had: the plus keeps SQLite from looking by owner. */
const runningJobs = `SELECT COUNT(*) AS sum FROM (
  SELECT +owner AS owner, +project AS project, json_extract(principal, '$.groups') AS groups FROM call WHERE status = 'running')`;

const words: Readonly<Record<string, string>> = {
  ...{ vms: 'VMs', vcpus: 'vCPUs', memory_mb: 'MB of memory', disk_gb: 'GB of disk', running_jobs: 'running jobs' },
};

const firsts: Readonly<Record<string, string>> = {
  disk_gb: 'Destroy a cluster with remove_overlays first; disks that were kept count too.',
  running_jobs: 'Wait for a job, or cancel one.',
};

function exceeded({ rule, per, of, kind, most }: Bound, have: number, want: number): LabError {
  const who = { person: 'You have', group: `Group "${of}" has`, project: `Project "${of}" has` }[per];
  const what = words[kind] ?? kind;
  const [is, more] = [round(have), round(want)];
  const first = firsts[kind] ?? 'Destroy something first; what is stopped or in the trash counts too.';
  return new LabError(
    'LIMIT_EXCEEDED',
    `${who} ${is} ${what}, this wants ${more} more, and ${most} are allowed (${rule}). ${first}`,
    { details: { rule, per, of, kind, have: is, want: more, most } },
  );
}

/** Sums of gigabytes do not come out even. */
const round = (amount: number): number => Math.round(amount * 100) / 100;
