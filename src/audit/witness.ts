import type { Problem } from './judge.ts';
import type { Note } from './note.ts';
import type { Tree } from './tree.ts';
import type { Trust } from './trust.ts';

/** A note that was kept elsewhere, and what the complaint about it is called. */
export interface Kept {
  readonly name: string;
  readonly note: Note;
}

/** Compares a log with notes that its writer could not take back. */
export interface Witness {
  passes(seq: number, tree: Tree): void;
  /** At the end of the log: what the notes say against it. */
  verdict(tree: Tree | undefined, trust: Trust): readonly Problem[];
}

export function witness(kept: readonly Kept[]): Witness {
  const roots = new Map<number, string | undefined>(kept.map(({ note }) => [note.size, undefined]));

  const passes = (seq: number, { root }: Pick<Tree, 'root'>): void => void (roots.has(seq) && roots.set(seq, root));

  function against({ note, name }: Kept, size: number, trust: Trust): Omit<Problem, 'file' | 'line'> | undefined {
    const what = (says: string) => `The checkpoint ${name} ${says}`;
    if (!trust.knows(note))
      return { kind: 'tampered', what: what('is of another log, or this log was replaced: no key of it signed that.') };
    const root = roots.get(note.size);
    if (root === note.root) return undefined;
    if (note.size > size)
      return { kind: 'gap', what: what(`covers ${note.size} records; here are ${size}: the rest was cut off.`) };
    if (root === undefined) return { kind: 'gap', what: what('is about records that are not here.') };
    return { kind: 'tampered', what: what(`covers ${note.size} records, and these are not them.`) };
  }

  return {
    passes: (seq, tree) => (roots.has(seq) ? passes(seq, tree) : undefined),
    verdict(tree, trust) {
      if (tree) passes(tree.size, tree);
      return kept.flatMap((one) => {
        const found = against(one, tree?.size ?? 0, trust);
        return found ? [{ file: one.name, line: 1, ...found }] : [];
      });
    },
  };
}
