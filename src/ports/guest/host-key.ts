import { createHash } from 'node:crypto';
import type { ServerHostKeyAlgorithm } from 'ssh2';
import { LabError } from '../../sdk/index.ts';

export interface HostKeyCheck {
  accepts(shown: Uint8Array): boolean;
  /** Those of the pinned keys first: a machine with several keys then shows the one we know. */
  readonly algorithms: ServerHostKeyAlgorithm[];
}

const line = /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) ([A-Za-z0-9+/]+={0,2})(?: .*)?$/;
const print = /^SHA256:[A-Za-z0-9+/]{43}$/;

// No SHA-1 among them.
const known: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

/** Against the pinned keys only. Throws INVALID_INPUT where there is none, or one that cannot be read. */
export function hostKeyCheck(machine: string, hostKeys: readonly string[]): HostKeyCheck {
  if (hostKeys.length === 0)
    throw new LabError('INVALID_INPUT', `No host key of "${machine}" is known, so labwarden will not connect to it.`);
  const pins = hostKeys.map((pin) => read(machine, pin));
  const accepted = new Set(pins.map(({ fingerprint }) => fingerprint));
  const first = (algorithm: string) => pins.some(({ type }) => type && algorithm.startsWith(type));
  return {
    accepts: (shown) => accepted.has(fingerprintOf(shown)),
    algorithms: [...known.filter(first), ...known.filter((algorithm) => !first(algorithm))],
  };
}

/** As `ssh-keygen -l` prints it. */
export const fingerprintOf = (key: Uint8Array): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=$/, '')}`;

function read(machine: string, pin: string): { fingerprint: string; type?: string } {
  if (print.test(pin)) return { fingerprint: pin };
  const [, type, key] = line.exec(pin) ?? [];
  if (type && key)
    return { fingerprint: fingerprintOf(Buffer.from(key, 'base64')), type: type.replace('ssh-rsa', 'rsa-') };
  throw new LabError(
    'INVALID_INPUT',
    `A host key of "${machine}" is neither an OpenSSH public key line nor "SHA256:" and its base64.`,
  );
}
