/** ECMA-119 §6.1.2: the logical sector. */
export const sectorBytes = 2048;

export interface Written {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly sector: number;
}

interface Volume {
  readonly joliet: boolean;
  readonly label: string;
  readonly sectors: number;
  /** Sector of the little-endian path table; the big-endian one follows. */
  readonly table: number;
  readonly root: number;
}

const rootPathBytes = 10;
const isFolder = 2;
// 2000-01-01 00:00:00 UTC: the same input gives the same bytes.
const recordDate = [100, 1, 1, 0, 0, 0, 0];
const volumeDate = '2000010100000000';

/** ECMA-119 §8.4 and §8.5; a Joliet one carries the mark of UCS-2 level 3. */
export function volumeDescriptor({ joliet, label, sectors, table, root }: Volume): Uint8Array {
  const bytes = Buffer.alloc(sectorBytes);
  const blank = (from: number, to: number) => bytes.fill(text(' ', joliet), from, to);
  bytes.set([joliet ? 2 : 1, ...Buffer.from('CD001'), 1]);
  blank(8, 72);
  bytes.set(text(label, joliet), 40);
  bothEnds32(bytes, sectors, 80);
  if (joliet) bytes.write('%/E', 88, 'latin1');
  for (const [offset, value] of [
    [120, 1],
    [124, 1],
    [128, sectorBytes],
  ] as const)
    bothEnds16(bytes, value, offset);
  bothEnds32(bytes, rootPathBytes, 132);
  bytes.writeUInt32LE(table, 140);
  bytes.writeUInt32BE(table + 1, 148);
  bytes.set(record(Buffer.alloc(1), root, sectorBytes, isFolder), 156);
  blank(190, 813);
  for (const offset of [813, 830, 847, 864]) bytes.write('0'.repeat(16), offset, 'latin1');
  bytes.write(volumeDate, 813, 'latin1');
  bytes[881] = 1;
  return bytes;
}

/** ECMA-119 §9.4: the root is all there is. */
export function pathTable(root: number, little: boolean): Uint8Array {
  const bytes = Buffer.alloc(rootPathBytes);
  bytes[0] = 1;
  if (little) bytes.writeUInt32LE(root, 2);
  else bytes.writeUInt32BE(root, 2);
  bytes.writeUInt16BE(1, 6);
  if (little) bytes.writeUInt16LE(1, 6);
  return bytes;
}

/** The root: itself, its parent (itself again), and the files. One sector holds all that a seed has. */
export function directory(root: number, files: readonly Written[], joliet: boolean): Uint8Array {
  const folders = [0, 1].map((name) => record(Buffer.from([name]), root, sectorBytes, isFolder));
  const entries = files.map(({ name, bytes, sector }) => record(fileName(name, joliet), sector, bytes.byteLength, 0));
  return Buffer.concat([...folders, ...entries]);
}

/** ECMA-119 §9.1. */
function record(name: Uint8Array, sector: number, sizeBytes: number, flags: number): Buffer {
  const length = 33 + name.byteLength;
  const bytes = Buffer.alloc(length + (length % 2));
  bytes[0] = bytes.byteLength;
  bothEnds32(bytes, sector, 2);
  bothEnds32(bytes, sizeBytes, 10);
  bytes.set(recordDate, 18);
  bytes[25] = flags;
  bothEnds16(bytes, 1, 28);
  bytes[32] = name.byteLength;
  bytes.set(name, 33);
  return bytes;
}

/** Upper case with a version in the plain tree: readers without Joliet fold it back to what we mean. */
const fileName = (name: string, joliet: boolean): Buffer => text(joliet ? name : `${name.toUpperCase()}.;1`, joliet);

const text = (value: string, joliet: boolean): Buffer =>
  joliet ? Buffer.from(value, 'utf16le').swap16() : Buffer.from(value, 'latin1');

function bothEnds32(bytes: Buffer, value: number, offset: number): void {
  bytes.writeUInt32LE(value, offset);
  bytes.writeUInt32BE(value, offset + 4);
}

function bothEnds16(bytes: Buffer, value: number, offset: number): void {
  bytes.writeUInt16LE(value, offset);
  bytes.writeUInt16BE(value, offset + 2);
}
