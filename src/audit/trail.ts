import type { Glimpse } from './entry.ts';
import { type Note, readNote } from './note.ts';
import { type Tree, treeFrom } from './tree.ts';

/** What follows the tree through the records of a log, and compares it with what its checkpoints say. */
export interface Trail {
  /** The next record, and its line without the newline. Answers what is wrong with the checkpoint in it. */
  record(record: Glimpse, line: Uint8Array): string | undefined;
  /** Of all records until now; `undefined` before the first checkpoint of a log whose beginning is not here. */
  readonly tree: Tree | undefined;
}

export interface Wayside {
  /** A checkpoint that agrees with the records. Answers what else is wrong with it. */
  checkpoint?(note: Note): string | undefined;
  /** The tree of all records before this one. */
  passes?(seq: number, tree: Tree): void;
}

export function trail({ checkpoint = () => undefined, passes }: Wayside = {}): Trail {
  let tree: Tree | undefined;

  function told(record: Glimpse): string | undefined {
    const { note: written, edge } = Object(Object(record.data).checkpoint);
    if (written === undefined) return undefined;
    const note = readNote(written);
    const said = note && note.size === record.seq ? (tree ?? from(note, edge)) : undefined;
    if (!note || said?.root !== note.root) return 'carries a checkpoint that is not of the records before it';
    tree = said;
    return checkpoint(note);
  }

  return {
    record(record, line) {
      // Where records are missing, the next checkpoint is believed as the first one is.
      if (tree?.size !== record.seq) tree = record.seq === 0 ? treeFrom() : undefined;
      const wrong = carriers.has(record.kind) ? told(record) : undefined;
      if (tree) passes?.(record.seq, tree);
      tree?.add(line);
      return wrong;
    },
    get tree() {
      return tree;
    },
  };
}

const carriers = new Set(['segment', 'checkpoint']);

/** The tree goes on from what a checkpoint says, if that is what was signed. */
function from({ size }: Note, edge: unknown): Tree | undefined {
  const digests = Array.isArray(edge) && edge.every((one) => /^[0-9a-f]{64}$/.test(String(one)));
  try {
    return digests ? treeFrom(size, edge) : undefined;
  } catch {
    return undefined;
  }
}
