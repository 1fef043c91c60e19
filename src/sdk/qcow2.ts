import { LabError } from './errors.ts';

/** As much of a file as `readQcow2Header` needs to see, unless the file is shorter. */
export const qcow2HeadBytes = 65_536;

export interface Qcow2Header {
  readonly version: 2 | 3;
  /** Rounded beyond 2^53, which no disk has. */
  readonly virtualSizeBytes: number;
  readonly clusterBytes: number;
  /** It reads through to another file, which the image itself names. */
  readonly backingFile: boolean;
  /** Its content lies in another file, which the image itself names. */
  readonly dataFile: boolean;
  readonly encrypted: boolean;
  /** Bit numbers, lowest first: a reader that does not know one must not open the image. */
  readonly incompatibleBits: readonly number[];
  readonly l1Entries: number;
  readonly snapshots: number;
}

export interface BaseImageLimits {
  /** Size of the file: a raw image has no other way to say how large its disk is. */
  readonly fileBytes: number;
  /** 2 TiB when not given. */
  readonly maxVirtualBytes?: number;
}

// All offsets and numbers: QEMU, docs/interop/qcow2.rst.
const magic = 0x514649fb;
const minBytes = 72;
const minBytesV3 = 104;
const dataFileExtension = 0x44415441;
const bit = { dirty: 0, corrupt: 1, dataFile: 2, compression: 3, extendedL2: 4 };
const knownBits: readonly number[] = Object.values(bit);
const maxL1Bytes = 32 * 2 ** 20;
const maxSnapshots = 65_536;
const defaultMaxVirtualBytes = 2 * 2 ** 40;

/**
 * Refuses with INVALID_INPUT what must not become a base image: one that is not of its declared format, or that makes QEMU open
 * files of the image's own choice. `head` is the file's first `qcow2HeadBytes`.
 */
export function checkBaseImage(
  head: Uint8Array,
  format: 'qcow2' | 'raw',
  { fileBytes, maxVirtualBytes = defaultMaxVirtualBytes }: BaseImageLimits,
): { readonly virtualSizeBytes: number } {
  const virtualSizeBytes = format === 'qcow2' ? safeHeader(head).virtualSizeBytes : rawSize(head, fileBytes);
  if (virtualSizeBytes === 0) throw refused('its disk has no size');
  if (virtualSizeBytes <= maxVirtualBytes) return { virtualSizeBytes };
  throw refused(`its disk of ${virtualSizeBytes} bytes is larger than ${maxVirtualBytes}`);
}

function rawSize(head: Uint8Array, fileBytes: number): number {
  if (head.byteLength < 4 || view(head).getUint32(0) !== magic) return fileBytes;
  throw refused('it is declared raw and begins like qcow2; declare "format: qcow2", or convert it');
}

function safeHeader(head: Uint8Array): Qcow2Header {
  const header = readQcow2Header(head);
  const has = (number: number) => header.incompatibleBits.includes(number);
  const strange = header.incompatibleBits.filter((number) => !knownBits.includes(number));
  const complaints: readonly (readonly [boolean, string])[] = [
    [header.backingFile, 'it has a backing file; flatten it with qemu-img convert'],
    [header.dataFile, 'it keeps its data in another file; flatten it with qemu-img convert'],
    [header.encrypted, 'it is encrypted'],
    [strange.length > 0, `it needs features that labwarden does not know (bits ${strange.join(', ')})`],
    [has(bit.dirty), 'it was not closed cleanly; stop what uses it, or mend it with qemu-img check -r all'],
    [has(bit.corrupt), 'it is marked as damaged; see qemu-img check'],
    [header.l1Entries * 8 > maxL1Bytes, `its table of ${header.l1Entries} entries is larger than QEMU takes`],
    [header.snapshots > maxSnapshots, `it claims ${header.snapshots} snapshots`],
  ];
  const complaint = complaints.find(([holds]) => holds);
  if (complaint) throw refused(complaint[1]);
  return header;
}

/** What the header says, judged only as far as it must be to be read. Throws INVALID_INPUT. */
export function readQcow2Header(bytes: Uint8Array): Qcow2Header {
  const data = view(bytes);
  if (bytes.byteLength < minBytes || data.getUint32(0) !== magic) throw refused('it is no qcow2 image');
  const version = data.getUint32(4);
  if (version !== 2 && version !== 3) throw refused(`its version ${version} is not 2 or 3`);
  if (version === 3 && bytes.byteLength < minBytesV3) throw refused('it ends within its header');
  const clusterBits = data.getUint32(20);
  if (clusterBits < 9 || clusterBits > 21) throw refused(`its clusters of 2^${clusterBits} bytes are impossible`);
  const clusterBytes = 2 ** clusterBits;
  const backingAt = data.getBigUint64(8);
  const incompatibleBits = version === 3 ? setBits(data.getBigUint64(72)) : [];
  const start = version === 3 ? data.getUint32(100) : minBytes;
  if (start < (version === 3 ? minBytesV3 : minBytes) || start % 8)
    throw refused(`its header of ${start} bytes is impossible`);
  const extensions = extensionTypes(data, start, Math.min(clusterBytes, Number(backingAt) || clusterBytes));
  return {
    version,
    virtualSizeBytes: Number(data.getBigUint64(24)),
    clusterBytes,
    backingFile: backingAt !== 0n || data.getUint32(16) !== 0,
    dataFile: incompatibleBits.includes(bit.dataFile) || extensions.includes(dataFileExtension),
    encrypted: data.getUint32(32) !== 0,
    incompatibleBits,
    l1Entries: data.getUint32(36),
    snapshots: data.getUint32(60),
  };
}

const setBits = (bits: bigint): number[] =>
  Array.from({ length: 64 }, (_, number) => number).filter((number) => (bits >> BigInt(number)) & 1n);

/** Type, length, data padded to 8 bytes; until type 0, the backing file's name, or the end of the first cluster. */
function extensionTypes(data: DataView, start: number, end: number): number[] {
  const types: number[] = [];
  for (let offset = start; offset + 8 <= end; ) {
    if (offset + 8 > data.byteLength) throw refused('its header does not end where labwarden could see it');
    const type = data.getUint32(offset);
    if (type === 0) break;
    types.push(type);
    offset += 8 + Math.ceil(data.getUint32(offset + 4) / 8) * 8;
  }
  return types;
}

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const refused = (why: string): LabError => new LabError('INVALID_INPUT', `The image is refused: ${why}.`);
