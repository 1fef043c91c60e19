import { LabError } from '../sdk/index.ts';
import type { AuditRecord } from './entry.ts';
import { beginning, follow, followFiles } from './follow.ts';
import { unseal } from './line.ts';
import { type Note, readNote, signedBy, type Verifier } from './note.ts';
import { type Proof, pathOf, proofFile, rootWith } from './proof.ts';
import { segmentNames } from './segments.ts';
import { trail } from './trail.ts';
import { leafOf } from './tree.ts';

/**
 * The records that are meant, each with its place in the tree of the latest checkpoint. Reads the whole log.
 * Throws NOT_FOUND when there are none, CONFLICT when no checkpoint covers them yet or the log is not whole.
 */
export async function prove(dir: string, meant: (record: AuditRecord) => boolean): Promise<Proof> {
  const leaves: string[] = [];
  const found: { readonly seq: number; readonly line: string }[] = [];
  let latest: { readonly note: Note; readonly text: string } | undefined;
  const broken = (what: string) =>
    new LabError('CONFLICT', `Nothing can be proved from this log: ${what} See: labwarden audit verify`);
  const path = trail();
  const record = (seen: AuditRecord, _place: unknown, line: Uint8Array) => {
    const wrong = path.record(seen, line);
    if (wrong) throw broken(`Record ${seen.seq} ${wrong}.`);
    const text = String(Object(Object(seen.data).checkpoint).note);
    const note = seen.kind === 'checkpoint' || seen.kind === 'segment' ? readNote(text) : undefined;
    if (note) latest = { note, text };
    if (meant(seen)) found.push({ seq: seen.seq, line: Buffer.from(line).toString() });
    leaves.push(leafOf(line));
  };
  const problem = ({ what }: { readonly what: string }) => {
    throw broken(what);
  };
  await followFiles(follow({ read: unseal, record, problem }, beginning), dir, segmentNames(dir));
  if (found.length === 0)
    throw new LabError('NOT_FOUND', 'The log has no such record, and says nothing of such a call.');
  const size = latest?.note.size ?? 0;
  if (!latest || found.some(({ seq }) => seq >= size))
    throw new LabError(
      'CONFLICT',
      'No checkpoint covers that yet. There is one a minute after it, or at once when the lab server stops.',
    );
  const covered = leaves.slice(0, size);
  const records = found.map(({ seq, line }) => ({ line, path: [...pathOf(covered, seq)] }));
  return { format: 'labwarden audit proof v1', note: latest.text, records };
}

/** The records that a proof proves, by nothing but itself and the key. Throws INVALID_INPUT when it proves nothing. */
export function checkProof(
  data: unknown,
  key: Verifier,
): { readonly note: Note; readonly records: readonly AuditRecord[] } {
  const parsed = proofFile.safeParse(data);
  const note = parsed.success ? readNote(parsed.data.note) : undefined;
  if (!parsed.success || !note) throw refused('it has not the form of one');
  if (!signedBy(note, key)) throw refused(`its checkpoint is not signed by ${key.text}`);
  const records = parsed.data.records.map(({ line, path }) => {
    const record = unseal(Buffer.from(line));
    if ('flaw' in record) throw refused(`a record in it ${record.flaw}`);
    if (rootWith(line, record.seq, note.size, path) !== note.root)
      throw refused(`record ${record.seq} is not one of those that were signed`);
    return record;
  });
  return { note, records };
}

const refused = (why: string) => new LabError('INVALID_INPUT', `This proves nothing: ${why}.`);
