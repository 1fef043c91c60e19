import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { LabError } from 'labwarden/sdk';

// Linux: sun_path holds 108 bytes with its NUL; macOS has 104, and our names stay under that as well.
const longestSocket = process.platform === 'darwin' ? 103 : 107;

/** Where everything of this provider lies. Sockets have short names, because their whole path has a limit. */
export interface Folders {
  readonly probe: string;
  /** What may be measured for free disk space. */
  readonly disks: string;
  vm(id: string): VmPaths;
  /** The control socket of a cluster's switch. */
  control(clusterId: string): string;
}

export interface VmPaths {
  readonly folder: string;
  readonly console: string;
  /** QEMU serves one client on each; the second is for when the first is held. */
  readonly monitors: readonly [string, string];
  /** QEMU listens there for the cluster's switch. */
  readonly lan: string;
}

export function folders({ own, run, overlays = own }: Readonly<Record<string, string>>): Folders {
  if (!own || !run || !overlays) throw new LabError('CONFIG_INVALID', 'qemu-direct needs the file roots own and run.');
  for (const root of [own, run]) plain(root);
  const socket = (id: string, kind: string) => `${run}/${hash(id).slice(0, 12)}.${kind}`;
  fits(socket('', 'lan'), run);
  return {
    probe: `${own}/probe`,
    disks: overlays,
    control: (clusterId) => socket(clusterId, 'sw'),
    vm(id) {
      const folder = `${own}/vms/${safe(id)}`;
      const monitors = [socket(id, 'q0'), socket(id, 'q1')] as const;
      return { folder, console: `${folder}/console.log`, monitors, lan: socket(id, 'lan') };
    },
  };
}

/** The UUID that a VM's QEMU carries and must name when asked. Version 8: made by a rule of our own (RFC 9562). */
export function uuid(id: string): string {
  const [digits, variant] = [hash(id), '89ab'];
  const fourth = `${variant[Number.parseInt(digits.charAt(16), 16) % 4]}${digits.slice(17, 20)}`;
  return [digits.slice(0, 8), digits.slice(8, 12), `8${digits.slice(13, 16)}`, fourth, digits.slice(20, 32)].join('-');
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

/** These paths go into QEMU's comma lists, where such a character would begin something else. */
function plain(root: string): void {
  if (!/[,"\\\p{Cc}]/u.test(root)) return;
  throw new LabError(
    'CONFIG_INVALID',
    `The folder "${root}" has a comma, quote or backslash in its name; QEMU cannot take it.`,
  );
}

function fits(path: string, run: string): void {
  if (Buffer.byteLength(path) <= longestSocket) return;
  const room = longestSocket - (Buffer.byteLength(path) - Buffer.byteLength(run));
  throw new LabError('CONFIG_INVALID', `The run folder "${run}" is too long for sockets; ${room} bytes is the most.`);
}

/** Ids are the kernel's, but they become parts of paths and arguments here. */
function safe(id: string): string {
  if (/^[A-Za-z0-9][\w-]{0,99}$/.test(id)) return id;
  throw new LabError('INVALID_INPUT', `"${id}" cannot be the id of a VM: letters, digits, _ and - only.`);
}
