import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import type { Client, ConnectConfig } from 'ssh2';
import { LabError } from '../../sdk/index.ts';
import { fingerprintOf, type HostKeyCheck, hostKeyCheck } from './host-key.ts';
import { missed, stranger } from './miss.ts';
import { library } from './ssh2.ts';
import type { GuestTarget } from './target.ts';

export interface DialLimits {
  /** How long it may say nothing at all: a forwarder accepts at once, whoever is behind it. */
  readonly bannerMs: number;
  /** How long until we are in. */
  readonly totalMs: number;
}

export interface Line {
  readonly client: Client;
  readonly socket: Socket;
}

/** One attempt to get in. Throws what `missed` makes, or the signal's reason. */
export async function dial(target: GuestTarget, limits: DialLimits, signal: AbortSignal): Promise<Line> {
  const check = hostKeyCheck(target.name, target.hostKeys);
  const login = await credentials(target);
  const { host, port } = await target.endpoint().catch((cause: unknown) => {
    throw missed(target, 'no address yet', 'connect', LabError.of(cause).message, cause);
  });
  signal.throwIfAborted();
  // Nagle's algorithm and delayed acknowledgements together cost 42 ms a command.
  return await new Attempt(target, `${host}:${port}`, connect({ host, port, noDelay: true })).run({
    check,
    login,
    limits,
    signal,
  });
}

async function credentials({ name, user, keyPath, password }: GuestTarget): Promise<ConnectConfig> {
  if (keyPath) {
    const privateKey = await readFile(keyPath, 'utf8').catch((cause: unknown) => {
      throw new LabError('PROVIDER_FAILED', `The key for "${name}" cannot be read: ${keyPath}.`, { cause });
    });
    const parsed = library().utils.parseKey(privateKey);
    if (parsed instanceof Error)
      throw new LabError('PROVIDER_FAILED', `The key for "${name}" is no usable private key: ${keyPath}.`, {
        cause: parsed,
      });
    return { username: user, privateKey, authHandler: ['publickey'] };
  }
  if (password) return { username: user, password: await password(), authHandler: ['password'] };
  throw new LabError('INVALID_INPUT', `"${name}" has neither a key nor a password to log in with.`);
}

interface Terms {
  readonly check: HostKeyCheck;
  readonly login: ConnectConfig;
  readonly limits: DialLimits;
  readonly signal: AbortSignal;
}

class Attempt {
  readonly #target: GuestTarget;
  readonly #place: string;
  readonly #socket: Socket;
  readonly #client = new (library().Client)();
  readonly #in = Promise.withResolvers<void>();
  #handshaken = false;
  #stranger: string | undefined;

  constructor(target: GuestTarget, place: string, socket: Socket) {
    this.#target = target;
    this.#place = place;
    // Before the library listens and after it has stopped: an error that nobody hears would end the process. 'close' follows.
    this.#socket = socket.on('error', () => {});
  }

  async run({ check, login, limits, signal }: Terms): Promise<Line> {
    const give = (reason: unknown) => this.#in.reject(reason);
    const silent = setTimeout(() => {
      if (this.#socket.bytesRead === 0) give(`it said nothing within ${Math.round(limits.bannerMs)} ms`);
    }, limits.bannerMs);
    const late = setTimeout(give, limits.totalMs, `it took longer than ${Math.round(limits.totalMs)} ms`);
    const aborted = () => give(signal.reason);
    signal.addEventListener('abort', aborted, { once: true });
    try {
      this.#start(check, login);
      await this.#in.promise;
      return { client: this.#client, socket: this.#socket };
    } catch (reason) {
      this.#socket.destroy();
      throw signal.aborted ? LabError.of(signal.reason) : this.#missed(reason);
    } finally {
      clearTimeout(silent);
      clearTimeout(late);
      signal.removeEventListener('abort', aborted);
    }
  }

  #start(check: HostKeyCheck, login: ConnectConfig): void {
    this.#client
      .on('handshake', () => {
        this.#handshaken = true;
      })
      .on('ready', () => this.#in.resolve())
      // Also later: an error without a listener would end the process; 'close' follows each.
      .on('error', (error) => this.#in.reject(error))
      .on('close', () => this.#in.reject('it closed the connection'));
    const hostVerifier = (shown: Buffer): boolean => {
      if (check.accepts(shown)) return true;
      this.#stranger = fingerprintOf(shown);
      return false;
    };
    const algorithms = { serverHostKey: check.algorithms };
    this.#client.connect({
      ...login,
      sock: this.#socket,
      hostVerifier,
      algorithms,
      readyTimeout: 0,
      ident: 'labwarden',
    });
  }

  #missed(reason: unknown): LabError {
    const why = reason instanceof Error ? reason.message.replace(/\.$/, '') : String(reason);
    const at = (stage: 'connect' | 'handshake' | 'login', text: string) =>
      missed(this.#target, this.#place, stage, text, reason);
    if (this.#stranger) return stranger(this.#target, this.#place, this.#stranger);
    if (this.#socket.bytesRead === 0) return at('connect', why);
    if (!this.#handshaken) return at('handshake', why);
    return at('login', isRefusal(reason) ? 'it refuses the login' : why);
  }
}

const isRefusal = (reason: unknown): boolean =>
  reason instanceof Error && 'level' in reason && reason.level === 'client-authentication';
