import type { ExtraDisk, VmSpec } from 'labwarden/sdk';

export type Json = Readonly<Record<string, unknown>>;

/** The block nodes, in the order in which the guest finds them: its own disk, the extra ones, the seed. */
export const blockNodes = (spec: VmSpec): readonly Json[] => [
  overlay(spec),
  ...spec.extraDisks.map(({ path }, index) => qcow2(`disk${index + 1}`, path, null)),
  { driver: 'raw', 'node-name': 'seed', 'read-only': true, file: file(spec.seedPath, true) },
];

/** The drives on those nodes, behind the controllers they need. */
export const drives = ({ extraDisks }: VmSpec): readonly Json[] => [
  ...controllers.filter(({ id }) => extraDisks.some(({ bus }) => bus === id)),
  { driver: 'virtio-blk-pci', drive: 'disk0', bootindex: 1 },
  ...extraDisks.map((disk, index) => ({ ...slot(disk, extraDisks), drive: `disk${index + 1}` })),
  { driver: 'virtio-blk-pci', drive: 'seed' },
];

/** The image is named anew, with its format: what the header of the overlay says of its backing file does not count. */
function overlay({ image, disk }: VmSpec): Json {
  const base = { driver: image.format, 'read-only': true, file: file(image.path, true) };
  return qcow2('disk0', disk.path, image.format === 'qcow2' ? { ...base, backing: null } : base);
}

const qcow2 = (name: string, path: string, backing: Json | null): Json => ({
  driver: 'qcow2',
  'node-name': name,
  discard: 'unmap',
  file: { ...file(path, false), discard: 'unmap' },
  backing,
});

const file = (filename: string, readOnly: boolean): Json => ({ driver: 'file', filename, 'read-only': readOnly });

const controllers = [
  { driver: 'virtio-scsi-pci', id: 'scsi' },
  { driver: 'ich9-ahci', id: 'sata' },
] as const;

/** SCSI and virtio find a place by themselves; AHCI has one bus per disk. */
function slot(disk: ExtraDisk, all: readonly ExtraDisk[]): Json {
  if (disk.bus === 'virtio') return { driver: 'virtio-blk-pci' };
  if (disk.bus === 'scsi') return { driver: 'scsi-hd', bus: 'scsi.0' };
  const port = all.filter(({ bus }) => bus === 'sata').indexOf(disk);
  return { driver: 'ide-hd', bus: `sata.${port}` };
}
