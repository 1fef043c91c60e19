import type { Principal } from '../sdk/index.ts';

export const kinds = [
  ...(['genesis', 'segment', 'checkpoint', 'recovery'] as const),
  ...(['decision', 'intent', 'effect', 'outcome', 'confirmation', 'alarm', 'policy', 'plugin'] as const),
] as const;

export type Kind = (typeof kinds)[number];

export interface AuditEntry {
  readonly kind: Kind;
  /** The call's id: letters, digits and `_.:-`, at most 64. An intent and an outcome cannot do without. */
  readonly op?: string;
  readonly who?: Principal;
  /** The tool. */
  readonly act?: string;
  readonly subjects?: readonly {
    readonly type: string;
    readonly id: string;
    readonly name: string;
    /** Its generation when it was judged. */
    readonly gen: number;
  }[];
  /** As `redact` left them. */
  readonly args?: object;
  readonly decision?: { readonly effect: string; readonly rule?: string; readonly policy: string };
  /** Digest of the plan that was confirmed. */
  readonly plan?: string;
  /** Plain JSON. Of an outcome, `code` is `ok` or an error code. */
  readonly data?: object;
}

/** A part that did not fit its line. */
export interface Omitted {
  readonly bytes: number;
  readonly sha256: string;
}

/** One line of the log, its members in this order. */
export interface AuditRecord extends AuditEntry {
  readonly v: 1;
  readonly seq: number;
  /** ISO 8601, UTC, by the host's own clock. */
  readonly t: string;
  readonly omitted?: Readonly<Partial<Record<keyof AuditEntry, Omitted>>>;
  /** `h` of the record before; 64 zeros in the first. */
  readonly prev: string;
  /** SHA-256 of the line up to the comma before `"h"`. */
  readonly h: string;
}
