import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { LabError } from '../sdk/index.ts';
import { hostAndPort } from './address.ts';

/** The certificate is checked against the host's authorities; with a pinned fingerprint, which needs none, in `provedPin`. */
export function connectTls(to: string, fingerprint: string | undefined): TLSSocket {
  const { host, port } = hostAndPort(to);
  const name = isIP(host) ? {} : { servername: host };
  const socket = connect({ host, port, ...name, rejectUnauthorized: fingerprint === undefined });
  return socket.setNoDelay(true);
}

/** Throws unless the peer's certificate is the pinned one, and hangs up. The handshake has proved by then that it holds the key. */
export function provePin(socket: TLSSocket, to: string, fingerprint: string): void {
  const raw = socket.getPeerX509Certificate()?.raw ?? Buffer.alloc(0);
  const found = createHash('sha256').update(raw).digest('hex');
  const pinned = fingerprint.replaceAll(':', '').toLowerCase();
  if (found === pinned) return;
  socket.on('error', () => {}).destroy();
  throw new LabError(
    'PROVIDER_UNAVAILABLE',
    `tls:${to} shows a certificate other than the pinned one; nothing was sent.`,
    {
      details: { found, pinned },
    },
  );
}
