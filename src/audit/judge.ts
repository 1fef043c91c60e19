import type { Glimpse } from './entry.ts';
import { segmentNumber } from './segments.ts';
import { type Damage, measure, type Place } from './torn.ts';

export interface Problem extends Place {
  readonly seq?: number;
  /** `gap`: what is here is authentic, and something is not here. */
  readonly kind: 'tampered' | 'gap';
  readonly what: string;
}

/** Where the chain stands: what the next record must follow. */
export interface Link {
  readonly seq: number;
  readonly h: string;
}

export interface Before {
  readonly last: Link | undefined;
  /** Damaged bytes between `last` and the record. */
  readonly torn: Damage | undefined;
  /** Other lines between `last` and the record that are no records; each may have been one. */
  readonly spoilt: number;
}

/** Everything that is wrong with a record, which matches its own hash, in the place where it stands. */
export function judge(record: Glimpse, place: Place, before: Before): readonly Problem[] {
  if (isNext(record, place, before)) return [];
  const found = [damaged(record, before), misplaced(record, place), unchained(record, before)];
  return found.flatMap((what) => (what ? [{ ...place, seq: record.seq, kind: 'tampered', ...what }] : []));
}

/** What nearly every record is: one of many that simply follow each other. */
const isNext = ({ kind, seq, prev }: Glimpse, { line }: Place, { last, torn, spoilt }: Before): boolean =>
  last !== undefined &&
  seq === last.seq + 1 &&
  prev === last.h &&
  torn === undefined &&
  spoilt === 0 &&
  line > 1 &&
  !telling.has(kind);

const telling = new Set<string>(['genesis', 'segment', 'recovery']);

/** A line that is no record, the latest of those counted. */
export function spoiltLine({ last, torn, spoilt }: Before, place: Place, flaw: string): Problem {
  if (!last) return { ...place, kind: 'tampered', what: `Line ${place.line} of ${place.file} ${flaw}.` };
  const seq = last.seq + spoilt + (torn?.lines ?? 0);
  return { ...place, seq, kind: 'tampered', what: `Record ${seq} ${flaw}.` };
}

type Found = Partial<Problem> & { readonly what: string };

/** Damaged bytes stand before a recovery record that tells of them, to the byte, or nowhere. */
function damaged({ kind, seq, data }: Glimpse, { torn, last }: Before): Found | undefined {
  if (kind !== 'recovery')
    return (
      torn && { ...torn.place, what: `The line after ${nameOf(last)} is damaged, and no recovery record follows.` }
    );
  const { bytes, sha256 } = measure(torn);
  const told = Object(data);
  const right = told.tornBytes === bytes && told.sha256 === sha256 && told.lastGoodSeq === seq - 1;
  return right ? undefined : { what: `Record ${seq} tells of other torn bytes than there are.` };
}

/** Each file begins with the record that says which file it is, unless a crash got in between. */
function misplaced({ kind, seq, data }: Glimpse, { file, line }: Place): Found | undefined {
  const begins = kind === 'genesis' || kind === 'segment';
  const right = begins ? line === 1 && Object(data).file === segmentNumber(file) : line > 1 || kind === 'recovery';
  return right ? undefined : { what: `Record ${seq} cannot stand on line ${line} of ${file}.` };
}

function unchained({ kind, seq, prev }: Glimpse, { last, torn, spoilt }: Before): Found | undefined {
  if (!last) return undefined;
  const next = last.seq + 1;
  // What a crash tore was never part of the chain.
  const reported = spoilt + (kind === 'recovery' ? 0 : (torn?.lines ?? 0));
  if (seq > next + reported) return { kind: 'gap', what: `${missing(next, seq - 1)} before record ${seq}.` };
  if (seq < next) return { what: `Record ${seq} stands after record ${last.seq}.` };
  if (seq > next || prev === last.h) return undefined;
  return { what: `Record ${seq} does not follow ${nameOf(last)}: one of the two was replaced.` };
}

const missing = (first: number, end: number) =>
  first === end ? `Record ${first} is missing` : `Records ${first} to ${end} are missing`;

const nameOf = (link: Link | undefined) => (link && link.seq >= 0 ? `record ${link.seq}` : 'the beginning');
