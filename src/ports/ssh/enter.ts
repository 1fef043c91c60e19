import { LabError } from '../../sdk/index.ts';
import { dial, type Line } from '../guest/dial.ts';
import { fingerprintOf } from '../guest/host-key.ts';
import type { SshHost } from './index.ts';

const withinMs = 15_000;

interface Known extends Pick<SshHost, 'host' | 'port' | 'user' | 'keyPath'> {
  readonly hostKeys: readonly string[];
}

/** A connection to the machine, proved by its host key and let in by ours. Throws with what went wrong, in the admin's words. */
export async function enter(name: string, known: Known, signal: AbortSignal): Promise<Line> {
  const { host, port, user, keyPath, hostKeys } = known;
  const target = { id: name, name, user, keyPath, hostKeys, connectTimeoutMs: withinMs };
  const limits = { bannerMs: withinMs, totalMs: withinMs };
  try {
    return await dial({ ...target, endpoint: async () => ({ host, port }) }, limits, signal);
  } catch (reason) {
    signal.throwIfAborted();
    throw told(name, known, LabError.of(reason));
  }
}

function told(
  name: string,
  { host, port, user, hostKeys }: Known,
  { code, message, details, cause }: LabError,
): LabError {
  const { stage, reason, shown } = details;
  const at = `"${name}" (${host}:${port})`;
  if (typeof shown === 'string') {
    const pinned = hostKeys.map(printOf).join(', ');
    const sentence = `${at} shows the host key ${shown}, and known_hosts has ${pinned}. It may be another machine: nothing was sent.`;
    return new LabError('PROVIDER_FAILED', sentence, { details: { shown, pinned } });
  }
  if (stage === 'login')
    return new LabError(code, `${at} does not let "${user}" in with that key: ${reason}.`, { cause });
  if (stage === 'connect' || stage === 'handshake')
    return new LabError('PROVIDER_UNAVAILABLE', `No SSH session with ${at} comes about: ${reason}.`, { cause });
  return new LabError(code, message, { cause });
}

const printOf = (line: string): string => fingerprintOf(Buffer.from(line.split(' ')[1] ?? '', 'base64'));
