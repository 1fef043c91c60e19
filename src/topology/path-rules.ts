import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { isBeneath, type Problem, quoted, type Rule, rule } from '../document/document.ts';
import { z } from '../sdk/index.ts';
import { type PathKey, pathKeys, placed, type Roots } from './places.ts';

/** Every path lies beneath a root of its kind, as written and as the disk has it. */
export const insideRoots = (roots: Roots, home: string): Rule =>
  rule(z.unknown(), async (value) =>
    (await Promise.all(pathKeys(value).map((key) => outside(key, roots, home)))).flat(),
  );

async function outside({ path, root, written }: PathKey, roots: Roots, home: string): Promise<readonly Problem[]> {
  const folders = roots[root];
  const place = placed(written, folders, home);
  const expected = `expected a path beneath roots.${root}: ${folders.join(', ')}.`;
  const isFolder = path[0] === 'overlay_dir';
  const inside = folders.some((folder) => isBeneath(place, folder) && (isFolder || place !== folder));
  if (!inside) return [{ path, says: `found ${quoted(written)}, which lies outside; ${expected}` }];
  if (await staysInside(place, folders)) return [];
  return [{ path, says: `found ${quoted(written)}, which a link leads outside; ${expected}` }];
}

async function staysInside(place: string, folders: readonly string[]): Promise<boolean> {
  const [there, ...real] = await Promise.all([place, ...folders].map((each) => followed(each)));
  return there !== undefined && real.some((folder) => folder !== undefined && isBeneath(there, folder));
}

/** Where a path ends once every link on it is followed, though its last parts may not exist yet; `undefined` when that cannot be known. */
async function followed(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch {
    // A link to nowhere may lead anywhere tomorrow.
    if ((await there(path)) || path === dirname(path)) return undefined;
    const above = await followed(dirname(path));
    return above && join(above, basename(path));
  }
}

/** Whether something has this name, or may have: only a clear no is a no. */
async function there(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (reason) {
    return !(reason instanceof Error && 'code' in reason && reason.code === 'ENOENT');
  }
}

/** No two disks of a cluster are one file. */
export const ownDisks = (roots: Roots, home: string): Rule =>
  rule(z.unknown(), (value) => {
    const disks = pathKeys(value).filter(({ path }) => path[0] === 'nodes');
    const places = disks.map(({ written }) => placed(written, roots.overlays, home));
    return disks.flatMap(({ path, written }, index): readonly Problem[] =>
      places.indexOf(places[index] ?? '') === index
        ? []
        : [{ path, says: `found ${quoted(written)}, which is another disk’s already.` }],
    );
  });

const formats: Readonly<Record<string, 'qcow2' | 'raw'>> = { '.qcow2': 'qcow2', '.img': 'raw', '.raw': 'raw' };

/** By the name only: a guest can write whatever a probe would look at. */
export const formatOf = (image: string): 'qcow2' | 'raw' | undefined => formats[extname(image).toLowerCase()];

const withImage = z.looseObject({ base_image: z.string(), base_image_format: z.undefined().optional() });

export const knownFormat = rule(withImage, ({ base_image: image }): readonly Problem[] =>
  formatOf(image)
    ? []
    : [
        {
          path: ['base_image_format'],
          says: `found nothing, and ${quoted(image)} does not tell; expected "qcow2" or "raw".`,
        },
      ],
);
