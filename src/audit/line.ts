import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { type AuditEntry, type AuditRecord, kinds } from './entry.ts';
import { fit } from './fit.ts';
import { canonical } from './json.ts';

export const longestLine = 65_536;
export const zeros = '0'.repeat(64);

const endOfLine = /^,"h":"[0-9a-f]{64}"\}$/;
const endBytes = 72;
/** What a line needs besides the entry: v, seq, t, prev, h. */
const envelopeBytes = 320;

export interface Sealed {
  /** With its newline. */
  readonly line: string;
  readonly bytes: number;
  readonly h: string;
}

interface Position {
  readonly seq: number;
  /** ISO 8601. */
  readonly t: string;
  readonly prev: string;
}

/** The entry as one line of the log. */
export function seal(entry: AuditEntry & { readonly omitted?: AuditRecord['omitted'] }, position: Position): Sealed {
  const { kind, op, who, act, subjects, args, decision, plan, data, omitted } = entry;
  const { seq, t, prev } = position;
  const said = { v: 1, seq, t, kind, op, who, act, subjects, args, decision, plan, data, omitted, prev };
  const covered = canonical(said).slice(0, -1);
  const h = hash('sha256', covered);
  const line = `${covered},"h":"${h}"}\n`;
  const bytes = Buffer.byteLength(line);
  return bytes > longestLine ? seal(fit(entry, longestLine - envelopeBytes), position) : { line, bytes, h };
}

/** Why these bytes are no record. `cut` when they lack a line's end, which is how a line looks whose writer died. */
export interface Flaw {
  readonly flaw: string;
  readonly cut: boolean;
}

/** The record in one line, without its newline, or what is wrong with it. Every byte counts. */
export function unseal(line: Buffer): AuditRecord | Flaw {
  const end = line.subarray(Math.max(0, line.length - endBytes)).toString('latin1');
  if (line.length === 0) return { flaw: 'is empty', cut: false };
  if (!endOfLine.test(end)) return { flaw: 'has no end', cut: true };
  const h = hash('sha256', line.subarray(0, -endBytes));
  if (end !== `,"h":"${h}"}`) return { flaw: 'does not match its own hash', cut: false };
  return parse(line, h) ?? { flaw: 'matches its hash, and is not a line that labwarden writes', cut: false };
}

function parse(line: Buffer, h: string): AuditRecord | undefined {
  if (line.length >= longestLine || !isUtf8(line)) return undefined;
  const text = line.toString();
  const record = json(text);
  if (!isRecord(record) || canonical(record) !== text) return undefined;
  return text.endsWith(`,"prev":"${record.prev}","h":"${h}"}`) ? record : undefined;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isRecord = (value: unknown): value is AuditRecord => {
  const { v, seq, t, kind, prev } = Object(value);
  const known = kinds.some((one) => one === kind);
  return v === 1 && known && Number.isSafeInteger(seq) && typeof t === 'string' && typeof prev === 'string';
};
