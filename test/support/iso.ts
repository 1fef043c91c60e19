const sector = 2048;

export interface Volume {
  readonly label: string;
  readonly files: Readonly<Record<string, string>>;
}

/** Reads an ISO 9660 volume the way a kernel does: from the descriptor to the root, from the root to the files. */
export function readIso(image: Uint8Array, tree: 'plain' | 'joliet'): Volume {
  const bytes = Buffer.from(image);
  const decoded = (part: Buffer): string =>
    tree === 'joliet' ? Buffer.from(part).swap16().toString('utf16le') : part.toString('latin1');
  const head = descriptor(bytes, tree === 'joliet' ? 2 : 1);
  if (head.readUInt32LE(80) * sector !== bytes.byteLength) throw new Error('The volume is not as large as it says.');
  const root = extent(bytes, head.subarray(156, 190));
  const files = [...records(root)]
    .filter((record) => record[32] !== 1)
    .map((record) => {
      const name = decoded(record.subarray(33, 33 + (record[32] ?? 0)));
      return [name.replace(/\.?;1$/, '').toLowerCase(), extent(bytes, record).toString('utf8')] as const;
    });
  return { label: decoded(head.subarray(40, 72)).trimEnd(), files: Object.fromEntries(files) };
}

function descriptor(bytes: Buffer, type: number): Buffer {
  for (let at = 16 * sector; at < bytes.byteLength; at += sector) {
    if (bytes.toString('latin1', at + 1, at + 6) !== 'CD001') break;
    if (bytes[at] === type) return bytes.subarray(at, at + sector);
  }
  throw new Error(`No descriptor of type ${type}.`);
}

function* records(folder: Buffer): Generator<Buffer> {
  for (let at = 0; folder[at]; at += folder[at] ?? 0) yield folder.subarray(at, at + (folder[at] ?? 0));
}

function extent(bytes: Buffer, record: Buffer): Buffer {
  const [from, size] = [record.readUInt32LE(2) * sector, record.readUInt32LE(10)];
  if (record.readUInt32BE(6) * sector !== from || record.readUInt32BE(14) !== size) throw new Error('Two answers.');
  return bytes.subarray(from, from + size);
}
