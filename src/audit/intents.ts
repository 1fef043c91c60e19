import type { AuditRecord } from './entry.ts';

/** What the log knows of a call: nothing, that it was about to change something, or how it ended. */
export type Fate = 'absent' | 'open' | { readonly code: string };

export interface Intents {
  /** What a record changes. */
  see(record: Pick<AuditRecord, 'kind' | 'op' | 'data'>): void;
  /** Ids of the calls that have an intent and no outcome, in order. */
  readonly open: ReadonlySet<string>;
  /** How a call ended, for the latest that did. */
  ended(op: string): string | undefined;
}

/** More would not fit the line that carries them from file to file. */
export const mostOpen = 1_000;
const mostRemembered = 10_000;

/** Follows which calls are open. The first record of a file, and the last of a run, say it anew. */
export function intents(): Intents {
  const open = new Set<string>();
  const ended = new Map<string, string>();
  return {
    see({ kind, op, data }) {
      const { open: carried } = Object(data);
      if (carries(kind) && Array.isArray(carried)) {
        open.clear();
        for (const id of carried) open.add(String(id));
      }
      if (op === undefined) return;
      if (kind === 'intent') open.add(op);
      if (kind !== 'outcome') return;
      open.delete(op);
      ended.set(op, codeOf(data));
      const oldest = ended.size > mostRemembered ? ended.keys().next().value : undefined;
      if (oldest !== undefined) ended.delete(oldest);
    },
    open,
    ended: (op) => ended.get(op),
  };
}

const carries = (kind: string): boolean => ['genesis', 'segment', 'checkpoint', 'recovery'].includes(kind);

/** An outcome that does not say how it ended is not known to be good. */
export const codeOf = (data: unknown): string => {
  const { code } = Object(data);
  return typeof code === 'string' ? code : 'OUTCOME_UNKNOWN';
};

/** Whether a run ended as it should with this record. */
export const closes = ({ kind, data }: Pick<AuditRecord, 'kind' | 'data'>): boolean =>
  kind === 'checkpoint' && Object(data).closed === true;
