import { absolute, type Path, valueAt } from '../document/document.ts';

/** Folders that the admin opened for paths in topologies: absolute, one or more of each. */
export interface Roots {
  readonly images: readonly string[];
  readonly overlays: readonly string[];
  readonly keys: readonly string[];
}

/** One path in a topology file. */
export interface PathKey {
  readonly path: Path;
  readonly root: keyof Roots;
  readonly written: string;
}

const single: readonly (readonly [Path, keyof Roots])[] = [
  [['base_image'], 'images'],
  [['boot', 'kernel'], 'images'],
  [['boot', 'initrd'], 'images'],
  [['overlay_dir'], 'overlays'],
  [['ssh', 'key_path'], 'keys'],
];

/** Every path that a topology names, also when the rest of it is not well-formed. */
export function pathKeys(value: unknown): readonly PathKey[] {
  const keys = [...single, ...disks(value)];
  return keys.flatMap(([path, root]) => {
    const written = valueAt(value, path);
    return typeof written === 'string' ? [{ path, root, written }] : [];
  });
}

function disks(value: unknown): (readonly [Path, keyof Roots])[] {
  return indexes(value, ['nodes']).flatMap((node) =>
    indexes(value, [...node, 'extra_disks']).map((disk) => [[...disk, 'path'], 'overlays'] as const),
  );
}

function indexes(value: unknown, path: Path): Path[] {
  const list = valueAt(value, path);
  return Array.isArray(list) ? [...list.keys()].map((index) => [...path, index]) : [];
}

/** A relative path starts at the first of its roots. */
export const placed = (written: string, roots: readonly string[], home: string): string =>
  absolute(written, roots[0] ?? '/', home);
