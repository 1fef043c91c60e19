import { checkProof, meant, prove, verifierOf } from '../../audit/index.ts';
import { LabError } from '../../sdk/index.ts';
import { complaint } from '../complaint.ts';
import { optionsOf } from '../options.ts';
import { heading, rowOf } from './print.ts';
import { dirOf, textOf, which } from './which.ts';

/** Of one record by its number, or of all records of a call: a file that proves them to whoever has the public key. */
export async function provePlace(args: readonly string[]): Promise<number> {
  const { words, values } = optionsOf(args, { command: 'audit prove', words: ['CALL|NUMBER'], options: which });
  const [wanted = ''] = words;
  const seq = /^\d{1,15}$/.test(wanted) ? Number(wanted) : undefined;
  const proof = await prove(await dirOf(values), (record) =>
    seq === undefined ? meant(record, { call: wanted }) : record.seq === seq,
  );
  process.stdout.write(`${JSON.stringify(proof)}\n`);
  return 0;
}

/** Answers 0 when the file proves what is in it, 1 when it does not. */
export async function verifyProof(args: readonly string[]): Promise<number> {
  const { words, values } = optionsOf(args, {
    command: 'audit verify-proof',
    words: ['FILE'],
    options: { pub: 'KEY', json: '' },
  });
  const { pub, json } = values;
  if (pub === undefined)
    throw new LabError('INVALID_INPUT', 'Say whose word counts: --pub KEY, as `labwarden audit key` printed it.');
  const data = jsonOf(await textOf(words[0] ?? ''));
  const key = verifierOf(pub);
  try {
    const { note, records } = checkProof(data, key);
    const said = [
      `proved: these stand among the first ${note.size} records of ${note.origin}`,
      heading,
      ...records.map(rowOf),
    ];
    process.stdout.write(
      json
        ? `${JSON.stringify({ proved: true, size: note.size, origin: note.origin, records })}\n`
        : `${said.join('\n')}\n`,
    );
    return 0;
  } catch (reason) {
    process.stderr.write(`${complaint(reason)}\n`);
    return 1;
  }
}

/** What is no JSON is no proof either, and `checkProof` says so. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
