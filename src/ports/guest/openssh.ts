import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { LabError } from '../../sdk/index.ts';
import { library } from './ssh2.ts';

export interface KeyPair {
  /** OpenSSH format, without a passphrase. */
  readonly privateKey: string;
  /** One line, without its end. */
  readonly publicKey: string;
}

const type = 'ssh-ed25519';

/** A new ed25519 key. Our own encoding: ssh2's generator drops leading zeros, which breaks one key in 256. */
export async function newKey(comment: string): Promise<KeyPair> {
  const { privateKey } = await promisify(generateKeyPair)('ed25519');
  const { x = '', d = '' } = privateKey.export({ format: 'jwk' });
  const [open, secret] = [Buffer.from(x, 'base64url'), Buffer.from(d, 'base64url')];
  return { privateKey: privateText(open, secret, comment), publicKey: publicLine(open, comment) };
}

/** The public line of a private key, of whatever kind. Throws INVALID_INPUT when it is none, or behind a passphrase. */
export function publicKeyOf(privateKey: string): string {
  const key = library().utils.parseKey(privateKey);
  if (key instanceof Error || !key.isPrivateKey())
    throw new LabError('INVALID_INPUT', 'This is no private key in OpenSSH format without a passphrase.', {
      cause: key,
    });
  return `${key.type} ${key.getPublicSSH().toString('base64')}${key.comment ? ` ${key.comment}` : ''}`;
}

const publicLine = (open: Buffer, comment: string): string =>
  `${type} ${publicBlob(open).toString('base64')} ${comment}`;

const publicBlob = (open: Buffer): Buffer => Buffer.concat([text(type), text(open)]);

/** OpenSSH, PROTOCOL.key: everything is a string with its length before it; the secret part is padded with 1, 2, 3, … to 8 bytes. */
function privateText(open: Buffer, secret: Buffer, comment: string): string {
  const check = randomBytes(4);
  const body = Buffer.concat([
    check,
    check,
    text(type),
    text(open),
    text(Buffer.concat([secret, open])),
    text(comment),
  ]);
  const padding = Buffer.from(Array.from({ length: (8 - (body.byteLength % 8)) % 8 }, (_, index) => index + 1));
  const head = [Buffer.from('openssh-key-v1\0'), text('none'), text('none'), text(''), number(1)];
  const whole = Buffer.concat([...head, text(publicBlob(open)), text(Buffer.concat([body, padding]))]);
  const lines = whole.toString('base64').match(/.{1,70}/g) ?? [];
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n');
}

const text = (value: string | Buffer): Buffer => Buffer.concat([number(Buffer.byteLength(value)), Buffer.from(value)]);

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
