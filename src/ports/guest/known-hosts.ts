import { LabError } from '../../sdk/index.ts';

export interface Place {
  readonly host: string;
  readonly port: number;
}

const publicKey = /^((?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) [A-Za-z0-9+/]+={0,2})(?: .*)?$/;

/** An OpenSSH known_hosts file for one machine. Throws when a key is known by its fingerprint only: OpenSSH needs all of it. */
export function knownHosts({ host, port }: Place, hostKeys: readonly string[]): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9.:_-]*$|^::[0-9A-Fa-f:.]*$/.test(host))
    throw new LabError('INVALID_INPUT', `${JSON.stringify(host)} is no host name or address.`);
  // OpenSSH writes the standard port without brackets, and finds it only so.
  const name = port === 22 ? host : `[${host}]:${port}`;
  const keys = hostKeys.map((line) => publicKey.exec(line)?.[1]).filter((key) => key !== undefined);
  if (keys.length === 0)
    throw new LabError(
      'UNSUPPORTED',
      `The machine at ${name} is pinned by a fingerprint, and SSH tools need its whole host key.`,
    );
  return keys.map((key) => `${name} ${key}\n`).join('');
}
