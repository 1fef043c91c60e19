import { createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto';
import { LabError } from '../sdk/index.ts';

/** A checkpoint, as C2SP's tlog-checkpoint and signed-note write it: other tools can read and check it too. */
export interface Note {
  /** Which log it is about. */
  readonly origin: string;
  /** It covers the records before this number. */
  readonly size: number;
  /** 64 hex digits. */
  readonly root: string;
  /** The key that signs from here on. */
  readonly newKey?: string;
  /** What is signed. */
  readonly text: string;
  readonly signatures: readonly Signature[];
}

interface Signature {
  readonly name: string;
  /** 4 bytes that tell keys of one name apart, then 64 of the signature. */
  readonly bytes: Buffer;
}

/** Half of a key: the one that anybody may have. */
export interface Verifier {
  readonly name: string;
  /** As it is written down: name, 8 hex digits, and the key in base64. */
  readonly text: string;
  readonly id: Buffer;
  readonly key: KeyObject;
}

export interface Signer extends Verifier {
  readonly secret: KeyObject;
}

const ed25519 = 1;
const publicBytes = 32;

export function signerOf(name: string, secret: KeyObject): Signer {
  const key = createPublicKey(secret);
  const open = Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');
  const typed = Buffer.concat([Buffer.of(ed25519), open]);
  const id = idOf(name, typed);
  return { name, secret, key, id, text: `${name}+${id.toString('hex')}+${typed.toString('base64')}` };
}

/** Throws INVALID_INPUT when this is no public key of a log. */
export function verifierOf(text: string): Verifier {
  const [, name = '', digits = '', base64 = ''] = /^([^\s+]+)\+([0-9a-f]{8})\+([\w+/=]+)$/.exec(text) ?? [];
  const typed = Buffer.from(base64, 'base64');
  const id = idOf(name, typed);
  if (typed.length !== 1 + publicBytes || typed[0] !== ed25519 || id.toString('hex') !== digits)
    throw new LabError('INVALID_INPUT', 'This is no public key of an audit log; `labwarden audit key` prints one.');
  const x = typed.subarray(1).toString('base64url');
  return { name, id, text, key: createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }) };
}

const idOf = (name: string, typed: Buffer): Buffer =>
  hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), typed]), 'buffer').subarray(0, 4);

/** Every one of them signs. */
export function writeNote({ origin, size, root, newKey }: Omit<Note, 'text' | 'signatures'>, by: readonly Signer[]) {
  const more = newKey === undefined ? '' : `key ${newKey}\n`;
  const text = `${origin}\n${size}\n${Buffer.from(root, 'hex').toString('base64')}\n${more}`;
  const signed = by.map(({ name, id, secret }) => {
    const bytes = Buffer.concat([id, sign(null, Buffer.from(text), secret)]);
    return `\u2014 ${name} ${bytes.toString('base64')}\n`;
  });
  return `${text}\n${signed.join('')}`;
}

const form = /^((\S+)\n(0|[1-9]\d{0,15})\n([\w+/]{43}=)\n(?:key (\S+)\n)?)\n((?:\u2014 \S+ [\w+/]+={0,2}\n)+)$/;

/** `undefined` when it is none. Says nothing about its signatures yet. */
export function readNote(written: unknown): Note | undefined {
  const [, text, origin = '', size, root = '', newKey, signed = ''] = form.exec(String(written)) ?? [];
  if (text === undefined) return undefined;
  const signatures = signed
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' '))
    .map(([, name = '', base64 = '']) => ({ name, bytes: Buffer.from(base64, 'base64') }));
  const digest = Buffer.from(root, 'base64').toString('hex');
  return { text, origin, size: Number(size), root: digest, ...(newKey !== undefined && { newKey }), signatures };
}

/** Whether this key signed the note. */
export const signedBy = ({ text, origin, signatures }: Note, { name, id, key }: Verifier): boolean =>
  origin === name &&
  signatures.some(
    (one) =>
      one.name === name &&
      one.bytes.subarray(0, 4).equals(id) &&
      verify(null, Buffer.from(text), key, one.bytes.subarray(4)),
  );

/** All notes in a file into which one was written after the other. */
export const readNotes = (text: string): readonly Note[] =>
  [...text.matchAll(/[^\n].*?\n\n(?:\u2014 [^\n]*\n)+/gs)].flatMap(([one]) => readNote(one) ?? []);
