import type { Glimpse } from './entry.ts';
import { type Note, signedBy, type Verifier, verifierOf } from './note.ts';

/** Whose signatures count. */
export interface Trust {
  /** A record that begins a file names the key that signs from there on. Answers what is wrong with it. */
  begins(record: Glimpse): string | undefined;
  /** What is wrong with the signatures of a checkpoint in the log. */
  checkpoint(note: Note): string | undefined;
  /** Whether a note from elsewhere is signed by a key that counts. */
  knows(note: Note): boolean;
  /** The key that signed the latest checkpoint, as it is written down. */
  readonly key: string | undefined;
}

/** The keys that somebody brought, and those that they vouch for. Without any, the log's own word is taken. */
export function trust(given: readonly Verifier[]): Trust {
  const trusted = [...given];
  let key: string | undefined;
  const signers = (note: Note) => trusted.filter((one) => signedBy(note, one));

  function believe(text: string): string | undefined {
    try {
      if (!trusted.some((one) => one.text === text)) trusted.push(verifierOf(text));
    } catch {
      return 'names a key that is none';
    }
    return undefined;
  }

  return {
    begins({ data }) {
      const { key: named } = Object(data);
      return given.length === 0 && named !== undefined ? believe(String(named)) : undefined;
    },
    checkpoint(note) {
      const [signer] = signers(note);
      if (!signer)
        return `carries a checkpoint that ${given.length > 0 ? 'none of the given keys' : 'none of its own keys'} signed`;
      // A key that counts vouches for the one that follows it.
      key = note.newKey ?? signer.text;
      return note.newKey === undefined ? undefined : believe(note.newKey);
    },
    knows: (note) => signers(note).length > 0,
    get key() {
      return key;
    },
  };
}
