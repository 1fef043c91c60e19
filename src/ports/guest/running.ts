import { constants } from 'node:os';
import type { ClientChannel } from 'ssh2';
import { Output } from './output.ts';

/** A command that the machine has begun. Made within ssh2's own callback: the end may be in the very bytes that bring the beginning. */
export class Running {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly closed: Promise<unknown>;
  /** As a shell counts: a command that a signal ended has 128 and the signal's number. */
  exitCode: number | undefined;
  readonly #channel: ClientChannel;

  constructor(channel: ClientChannel, maxOutputBytes: number) {
    this.#channel = channel;
    this.stdout = new Output(channel, maxOutputBytes);
    this.stderr = new Output(channel.stderr, maxOutputBytes);
    this.closed = Promise.all([onceClosed(channel), onceClosed(channel.stderr)]);
    channel.once('exit', (code: number | null, signal?: string) => {
      this.exitCode = code ?? 128 + signalNumber(signal);
    });
    channel.end();
  }

  /**
   * As far as the server lets us: OpenSSH kills the whole process group, but nothing of root's; dropbear kills the shell.
   * Whatever is left loses its output.
   */
  end(): void {
    kill(this.#channel);
    this.#channel.close();
  }
}

const onceClosed = (stream: NodeJS.EventEmitter): Promise<unknown> =>
  new Promise((resolve) => stream.once('close', resolve));

function signalNumber(name: string | undefined): number {
  const numbers: Readonly<Record<string, number>> = constants.signals;
  return numbers[name ?? ''] ?? 0;
}

/** The parts of ssh2's channel that its types leave out. */
interface Inside {
  readonly outgoing: { readonly id: number; readonly state: string };
  readonly _client: { readonly _protocol: { signal(channel: number, name: string): void } };
}

/** ssh2's own `channel.signal` is mute once stdin has ended; RFC 4254 §6.9 allows it until the channel closes. */
function kill(channel: ClientChannel): void {
  const { outgoing, _client } = channel as unknown as Inside;
  if (outgoing.state === 'open' || outgoing.state === 'eof') _client._protocol.signal(outgoing.id, 'KILL');
}
