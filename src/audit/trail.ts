import type { AuditRecord } from './entry.ts';
import { type Note, readNote } from './note.ts';
import { type Tree, treeFrom } from './tree.ts';

/** What follows the tree through the records of a log, and compares it with what its checkpoints say. */
export interface Trail {
  /** The next record, and its line without the newline. Answers what is wrong with the checkpoint in it. */
  record(record: AuditRecord, line: Uint8Array): string | undefined;
  /** Of all records until now; `undefined` before the first checkpoint of a log whose beginning is not here. */
  readonly tree: Tree | undefined;
  /** The latest that agreed. */
  readonly latest: Note | undefined;
}

/** `seen` is asked for every checkpoint that agrees with the records, and answers what else is wrong with it. */
export function trail(seen: (note: Note, record: AuditRecord) => string | undefined = () => undefined): Trail {
  let tree: Tree | undefined;
  let latest: Note | undefined;

  function told(record: AuditRecord): string | undefined {
    const { note: written, edge } = Object(Object(record.data).checkpoint);
    if (written === undefined) return undefined;
    const note = readNote(written);
    const said = note && note.size === record.seq ? (tree ?? from(note, edge)) : undefined;
    if (!note || said?.root !== note.root) return 'carries a checkpoint that is not of the records before it';
    tree = said;
    latest = note;
    return seen(note, record);
  }

  return {
    record(record, line) {
      // Where records are missing, the next checkpoint is believed as the first one is.
      if (tree?.size !== record.seq) tree = record.seq === 0 ? treeFrom() : undefined;
      const wrong = carriers.has(record.kind) ? told(record) : undefined;
      tree?.add(line);
      return wrong;
    },
    get tree() {
      return tree;
    },
    get latest() {
      return latest;
    },
  };
}

const carriers = new Set(['segment', 'checkpoint']);

function from({ size }: Note, edge: unknown): Tree | undefined {
  const digests = Array.isArray(edge) && edge.every((one) => /^[0-9a-f]{64}$/.test(String(one)));
  try {
    return digests ? treeFrom(size, edge) : undefined;
  } catch {
    return undefined;
  }
}
