import { LabError, type Vm } from '../../sdk/index.ts';
import type { Disk, State } from '../state.ts';
import { countsOfDisks, insertCount } from './counts.ts';
import type { Database, Row } from './database.ts';

type Disks = Pick<State, 'disk' | 'takeDisks' | 'makeDisks' | 'useDisks' | 'releaseDisks'>;

/** Which disk files are whose, so that nobody ever gets another person's. */
export const disks = (database: Database): Disks => ({
  disk: async (path) => diskAt(database, path),
  takeDisks: async (vm) => database.atomically(() => takeDisks(database, vm)),
  makeDisks: async (vmId) => void database.run('UPDATE disk SET made = 1 WHERE vm_id = ?', vmId),
  useDisks: async (vmId) => void database.run('UPDATE disk SET reused = 1 WHERE vm_id = ?', vmId),
  releaseDisks: async (vmId, as) => database.atomically(() => releaseDisks(database, vmId, as)),
});

export function releaseDisks(database: Database, vmId: string, as: 'kept' | 'gone' | 'before'): void {
  const leaves = { gone: 'vm_id = ?', before: 'vm_id = ? AND reused = 0', kept: undefined }[as];
  if (leaves !== undefined) {
    // A disk that is kept is its owner's, and counts.
    database.run(`DELETE FROM counted WHERE thing IN (SELECT 'disk ' || path FROM disk WHERE ${leaves})`, vmId);
    database.run(`DELETE FROM disk WHERE ${leaves}`, vmId);
  }
  database.run('UPDATE disk SET vm_id = NULL WHERE vm_id = ?', vmId);
}

export function takeDisks(database: Database, vm: Vm, groups?: readonly string[]): void {
  takeDisk(database, vm, vm.spec.disk.path, imageOf(vm));
  for (const { path } of vm.spec.extraDisks) takeDisk(database, vm, path, '');
  // One that is taken again counts for whom it did.
  for (const count of countsOfDisks(vm))
    insertCount(database, count, { ...vm, groups: groups ?? groupsOf(database, vm.id) });
}

const groupsOf = (database: Database, vmId: string): readonly string[] => {
  const row = database.get('SELECT groups FROM counted WHERE thing = ?', vmId);
  return row ? (JSON.parse(String(row['groups'])) as string[]) : [];
};

/** Path and state of the image that an overlay cannot do without. */
const imageOf = ({ spec: { image } }: Vm): string => [image.path, image.identity].filter(Boolean).join(' ');

/** A kept disk goes back only to its owner, and only onto the image it was made from. */
function takeDisk(database: Database, { id, owner, project }: Vm, path: string, image: string): void {
  const taken = diskAt(database, path);
  if (taken?.vmId === id) return;
  if (taken && (taken.vmId || taken.owner !== owner))
    throw new LabError(
      'CONFLICT',
      `The disk ${path} is not free; give the topology another overlay_dir or cluster_name.`,
    );
  if (taken && taken.image !== image)
    throw new LabError(
      'CONFLICT',
      `The disk ${path} was kept from another image (${taken.image}), or that image has changed. Give the topology another overlay_dir, or remove the disk.`,
    );
  if (taken) database.run('UPDATE disk SET vm_id = ?, reused = 1 WHERE path = ?', id, path);
  else
    database.run(
      'INSERT INTO disk (path, vm_id, owner, project, image, reused, made) VALUES (?, ?, ?, ?, ?, 0, 0)',
      ...[path, id, owner, project, image],
    );
}

function diskAt(database: Database, path: string): Disk | undefined {
  const row = database.get('SELECT * FROM disk WHERE path = ?', path);
  return row && diskOf(row);
}

const diskOf = (row: Row): Disk => ({
  path: String(row['path']),
  owner: String(row['owner']),
  project: String(row['project']),
  image: String(row['image']),
  made: row['made'] === 1,
  ...(row['vm_id'] === null ? {} : { vmId: String(row['vm_id']) }),
});
