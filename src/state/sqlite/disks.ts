import { LabError, type Vm } from '../../sdk/index.ts';
import type { Disk, State } from '../state.ts';
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
  if (as === 'gone') database.run('DELETE FROM disk WHERE vm_id = ?', vmId);
  if (as === 'before') database.run('DELETE FROM disk WHERE vm_id = ? AND reused = 0', vmId);
  database.run('UPDATE disk SET vm_id = NULL WHERE vm_id = ?', vmId);
}

export function takeDisks(database: Database, vm: Vm): void {
  takeDisk(database, vm, vm.spec.disk.path, imageOf(vm));
  for (const { path } of vm.spec.extraDisks) takeDisk(database, vm, path, '');
}

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
