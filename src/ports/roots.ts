import { LabError, type RootName } from '../sdk/index.ts';
import type { Granted } from './grants.ts';

export type RootPaths = Readonly<Partial<Record<RootName, string | readonly string[]>>>;

export interface Root {
  readonly name: RootName;
  /** Absolute, without a slash at its end. */
  readonly path: string;
  readonly mode: 'read' | 'write';
}

/** Throws CONFIG_INVALID for a root that is no absolute folder, or is the whole machine. */
export function soundRoots(paths: RootPaths): RootPaths {
  for (const [name, folders] of Object.entries(paths))
    for (const folder of [folders].flat())
      if (!/^\/[^/]/.test(folder) || folder.split('/').includes('..'))
        throw new LabError(
          'CONFIG_INVALID',
          `The root "${name}" must be an absolute folder, not ${folder || 'empty'}.`,
        );
  return paths;
}

/** Where unix sockets may be dialled: the folders of the roots that `unix:` grants name. */
export const socketFolders = (grants: NonNullable<Granted['dial']>, paths: RootPaths): readonly string[] =>
  grants.flatMap(({ to }) => (to.startsWith('unix:') ? foldersOf(paths, to.slice('unix:'.length)) : []));

/** The folders behind the granted roots. A root that the config lists several folders for is several. */
export const grantedRoots = (granted: Granted['files'] = {}, paths: RootPaths): readonly Root[] =>
  Object.entries(granted).flatMap(([name, mode]) =>
    foldersOf(paths, name).map((path) => ({ name: name as RootName, path, mode })),
  );

export function foldersOf(paths: RootPaths, name: string): readonly string[] {
  const folders = (Object.hasOwn(paths, name) ? paths[name as RootName] : undefined) ?? [];
  return (typeof folders === 'string' ? [folders] : folders).map((folder) => folder.replace(/(?<=.)\/+$/, ''));
}

/** The innermost root that this path lies in, by its words alone: links are for `beneath.ts` to refuse. */
export const rootOf = (roots: readonly Root[], path: string): Root | undefined =>
  roots.filter((root) => isWithin(root.path, path)).toSorted((a, b) => b.path.length - a.path.length)[0];

export const isWithin = (folder: string, path: string): boolean => path === folder || path.startsWith(`${folder}/`);

/** `images`, `images-2`, …: one name each, for the plugin. */
export const rootsByName = (roots: readonly Root[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    roots.map(({ name, path }, index) => {
      const before = roots.slice(0, index).filter((root) => root.name === name).length;
      return [before === 0 ? name : `${name}-${before + 1}`, path];
    }),
  );
