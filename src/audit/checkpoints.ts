import { type Signer, writeNote } from './note.ts';
import type { Tree } from './tree.ts';

/** What a record says of all records before it. */
export interface Checkpoint {
  /** Signed. */
  readonly note: string;
  /** From which the tree goes on, so that no start has to read the whole log. */
  readonly edge: readonly string[];
}

export interface Checkpoints {
  /** The next line of the log, without its newline. */
  see(line: string): void;
  /** Takes what was seen into the tree: work for when there is nothing else to do. */
  settle(): void;
  /** Of all that was seen. */
  sign(): Checkpoint;
  /** How many lines were seen since the last one was signed. */
  readonly news: number;
}

interface Signers {
  readonly own: Signer;
  /** Who signs the first one. */
  readonly first: readonly Signer[];
}

export function checkpoints(tree: Tree, { own, first }: Signers): Checkpoints {
  const seen: string[] = [];
  let by = first;
  let signed = tree.size;

  function settle(): void {
    for (const line of seen) tree.add(line);
    seen.length = 0;
  }

  return {
    see: (line) => void seen.push(line),
    settle,
    sign() {
      settle();
      const { size, root, edge } = tree;
      const newKey = by === first && first.length > 1 ? { newKey: own.text } : {};
      const note = writeNote({ origin: own.name, size, root, ...newKey }, by);
      by = [own];
      signed = size;
      return { note, edge };
    },
    get news() {
      return tree.size + seen.length - signed;
    },
  };
}
