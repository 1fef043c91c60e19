import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { readNote, readNotes, signedBy, signerOf, verifierOf, writeNote } from '../../../src/audit/note.ts';

const newSigner = (name = 'labwarden/0123456789abcdef/audit') =>
  signerOf(name, generateKeyPairSync('ed25519').privateKey);
const root = 'ab'.repeat(32);

test('a key and a signature of the programs that invented signed notes are understood', () => {
  // From the documentation of golang.org/x/mod/sumdb/note.
  const key = verifierOf('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW');
  const text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
  const base64 = 'x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=';
  const signatures = [{ name: 'PeterNeumann', bytes: Buffer.from(base64, 'base64') }];
  const note = { text, origin: 'PeterNeumann', size: 0, root, signatures };
  expect(signedBy(note, key)).toBe(true);
  expect(signedBy({ ...note, text: `${text}!` }, key)).toBe(false);
});

test('what is written is read again, and only its own key signed it', () => {
  const [one, two] = [newSigner(), newSigner()];
  const written = writeNote({ origin: one.name, size: 42, root }, [one]);
  expect(written.split('\n').slice(0, 4)).toEqual([one.name, '42', Buffer.from(root, 'hex').toString('base64'), '']);
  const note = readNote(written);
  if (!note) throw new Error('A note is a note.');
  expect(note).toMatchObject({ origin: one.name, size: 42, root });
  expect([signedBy(note, one), signedBy(note, verifierOf(one.text)), signedBy(note, two)]).toEqual([true, true, false]);
  const changed = readNote(written.replace('\n42\n', '\n43\n'));
  expect(changed && signedBy(changed, one)).toBe(false);
});

test('several notes one after the other are all found', () => {
  const [one, two] = [newSigner(), newSigner()];
  const notes = [1, 2, 3].map((size) => writeNote({ origin: one.name, size, root, newKey: two.text }, [one, two]));
  const read = readNotes(notes.map((note) => `${note}\n`).join(''));
  expect(read.map(({ size, newKey, signatures }) => [size, newKey, signatures.length])).toEqual([
    [1, two.text, 2],
    [2, two.text, 2],
    [3, two.text, 2],
  ]);
  expect(readNotes('nothing\n\nof the kind\n')).toEqual([]);
});

test.each([
  ['no size', (note: string) => note.replace('\n42\n', '\n\n')],
  ['a size with a zero before it', (note: string) => note.replace('\n42\n', '\n042\n')],
  ['a line more', (note: string) => note.replace('\n42\n', '\n42\nmore\n')],
  ['no signature', (note: string) => note.slice(0, note.indexOf('\u2014'))],
  ['words behind it', (note: string) => `${note}more`],
])('%s is no note', (_, change) => {
  const signer = newSigner();
  expect(readNote(change(writeNote({ origin: signer.name, size: 42, root }, [signer])))).toBeUndefined();
});

test.each(['', 'x', 'name+00000000+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW', 'name+c74f20a3+AAAA'])(
  '%j is no public key',
  (text) => {
    expect(() => verifierOf(text)).toThrow('This is no public key of an audit log');
  },
);
