import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

interface Options {
  /** How long after the last sign of a change, so that an editor is done. */
  readonly quietMs: number;
  /** How often the files are looked at besides, for what no sign was given of. */
  readonly everyMs: number;
}

/** Tells when one of the files may have changed, was replaced or has gone. Keeps no process alive. */
export function watchFiles(files: readonly string[], changed: () => void, { quietMs, everyMs }: Options): Disposable {
  let soon: NodeJS.Timeout | undefined;
  const touch = () => {
    clearTimeout(soon);
    soon = setTimeout(changed, quietMs).unref();
  };
  const names = new Set(files.map((file) => basename(file)));
  const folders = [...new Set(files.map((file) => dirname(file)))];
  // The folder and not the file: who replaces a file leaves the watcher with the old one.
  const watchers = folders.flatMap((folder) => watched(folder, (name) => name === null || names.has(name), touch));
  let before: string | undefined;
  const look = async () => {
    const now = (await Promise.all(files.map(markOf))).join('\n');
    if (before !== undefined && before !== now) touch();
    before = now;
  };
  void look();
  const often = setInterval(() => void look(), everyMs).unref();
  return {
    [Symbol.dispose]() {
      clearTimeout(soon);
      clearInterval(often);
      for (const watcher of watchers) watcher.close();
    },
  };
}

/** A folder that cannot be watched is looked at now and then like all the others. */
function watched(folder: string, isOurs: (name: string | null) => boolean, touch: () => void): readonly FSWatcher[] {
  try {
    const watcher = watch(folder, { persistent: false }, (_, name) => isOurs(name) && touch());
    watcher.on('error', () => watcher.close());
    return [watcher];
  } catch {
    return [];
  }
}

const markOf = (file: string): Promise<string> =>
  stat(file, { bigint: true }).then(
    ({ ino, size, mtimeNs, ctimeNs }) => [ino, size, mtimeNs, ctimeNs].join(),
    (reason: unknown) => String(Object(reason).code),
  );
