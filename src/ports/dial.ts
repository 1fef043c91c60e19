import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type DialPort, LabError, type Pipe } from '../sdk/index.ts';
import { hostAndPort } from './address.ts';
import type { Behind, Door } from './doors.ts';
import type { Granted } from './grants.ts';
import { pipe } from './pipe.ts';
import { isWithin } from './roots.ts';
import type { Secrets } from './secret.ts';
import { socketAt } from './socket-at.ts';
import { dialSsh, type SshHosts } from './ssh/index.ts';
import { reasonOf, streamEnd } from './stream-end.ts';
import { connectTls, provePin } from './tls.ts';

interface Ways {
  /** The folders where unix sockets may be. */
  readonly sockets: readonly string[];
  readonly secrets: Secrets;
  readonly grants: NonNullable<Granted['dial']>;
  readonly sshHosts: SshHosts;
}

/** Connections to where the admin allows. */
export const dial = ({ sockets, secrets, grants, sshHosts }: Ways): Behind<DialPort> => ({
  async open(door, address) {
    if ('unix' in address) return dialUnix(door, sockets, address.unix);
    if ('tcp' in address) return dialTcp(door, address.tcp);
    if ('tls' in address) return dialTls(door, address.tls, address.fingerprint, secrets);
    return dialSsh(door, address, grants, sshHosts);
  },
});

const connectMs = 10_000;

/** unix(7): sun_path has 108 bytes, the last of them zero. */
const longestSocketPath = 107;

async function dialUnix(door: Door, folders: readonly string[], path: string): Promise<Pipe> {
  const bytes = Buffer.byteLength(path);
  if (bytes > longestSocketPath)
    throw new LabError('INVALID_INPUT', `${path} has ${bytes} bytes; a socket's path may have ${longestSocketPath}.`);
  const folder = folders.find((folder) => isWithin(folder, path)) ?? path;
  await using held = await socketAt(folder, path);
  return pipe(streamEnd(await connected(connect(held.path), 'connect', path, door.signal), path), door);
}

async function dialTcp(door: Door, to: string): Promise<Pipe> {
  const socket = connect({ ...hostAndPort(to), noDelay: true });
  return pipe(streamEnd(await connected(socket, 'connect', to, door.signal), to), door);
}

/** A secret's token becomes the secret here, and nowhere else: nobody reads along. */
async function dialTls(door: Door, to: string, fingerprint: string | undefined, secrets: Secrets): Promise<Pipe> {
  const socket = connectTls(to, fingerprint);
  await connected(socket, 'secureConnect', to, door.signal);
  if (fingerprint) provePin(socket, to, fingerprint);
  const end = streamEnd(socket, to);
  return pipe({ ...end, write: async (piece) => end.write(await secrets.filled(piece)) }, door);
}

/** The socket once it is connected; otherwise it is gone when this throws. */
async function connected<S extends Socket>(socket: S, event: string, to: string, signal: AbortSignal): Promise<S> {
  try {
    await once(socket, event, { signal: AbortSignal.any([signal, AbortSignal.timeout(connectMs)]) });
    return socket;
  } catch (cause) {
    socket.on('error', () => {}).destroy();
    signal.throwIfAborted();
    throw new LabError('PROVIDER_UNAVAILABLE', `Nobody answers at ${to}: ${reasonOf(cause)}.`, { cause });
  }
}
