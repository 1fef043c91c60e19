import { directory, pathTable, sectorBytes, volumeDescriptor, type Written } from './iso-records.ts';

// Where things lie, in sectors. ECMA-119 §6.2.1: the first 16 are the system's own; descriptors follow.
// The volume is padded as CD writers pad: programs that look for labels (busybox among them) overlook very small volumes.
const padSectors = 150;
const at = { primary: 16, joliet: 17, end: 18, pathTables: 19, roots: 23, files: 25 };

/** A flat ISO 9660 volume with Joliet names: deterministic, and the same names in both trees, so that any reader finds them. */
export function isoImage(label: string, files: Readonly<Record<string, string>>): Uint8Array {
  const { written, sectors } = placed(files);
  const image = new Uint8Array(sectors * sectorBytes);
  const put = (sector: number, bytes: Uint8Array) => image.set(bytes, sector * sectorBytes);
  for (const [index, joliet] of [false, true].entries()) {
    const root = at.roots + index;
    const table = at.pathTables + 2 * index;
    put(at.primary + index, volumeDescriptor({ joliet, label, sectors, table, root }));
    put(table, pathTable(root, true));
    put(table + 1, pathTable(root, false));
    put(root, directory(root, written, joliet));
  }
  put(at.end, new Uint8Array([255, ...Buffer.from('CD001'), 1]));
  for (const { sector, bytes } of written) put(sector, bytes);
  return image;
}

/** In the order of their names, as ECMA-119 §9.3 wants a directory. */
function placed(files: Readonly<Record<string, string>>): { written: Written[]; sectors: number } {
  let sector = at.files;
  const written = Object.keys(files)
    .sort()
    .map((name) => {
      const bytes = new TextEncoder().encode(files[name]);
      const file = { name, bytes, sector };
      sector += Math.ceil(bytes.byteLength / sectorBytes);
      return file;
    });
  return { written, sectors: sector + padSectors };
}
