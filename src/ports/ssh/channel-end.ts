import type { ClientChannel } from 'ssh2';
import { LabError } from '../../sdk/index.ts';
import type { Line } from '../guest/dial.ts';
import { unlessAborted } from '../guest/unless-aborted.ts';
import type { End } from '../pipe.ts';
import { streamEnd } from '../stream-end.ts';

interface Command {
  /** What people call the machine. */
  readonly name: string;
  readonly words: readonly string[];
}

const closeMs = 2_000;
const mostStderr = 1024;

/** A command as the end of a pipe. When it has ended otherwise than well, whoever reads is told, after all that it said. */
export async function channelEnd(line: Line, command: Command, signal: AbortSignal): Promise<End> {
  const { client, socket } = line;
  const lost = new Promise<void>((resolve) => void client.once('close', () => resolve()));
  let gone = false;
  const isLost = () => gone;
  void lost.then(() => {
    gone = true;
  });
  const leave = async () => {
    socket.destroy();
    await lost;
  };
  const channel = await unlessAborted(started(line, command), signal).catch(async (reason) => {
    await leave();
    throw reason;
  });
  const ended = endOf(channel, lost);
  const inner = streamEnd(channel, command.name);
  return {
    async read(atMost) {
      const piece = await Promise.race([inner.read(atMost), lost.then(() => undefined)]);
      if (piece) return piece;
      const why = await ended;
      if (why !== undefined) throw new LabError('PROVIDER_FAILED', `"${command.words[0]}" on "${command.name}" ${why}`);
      return undefined;
    },
    async write(piece) {
      // ssh2 takes what it can no longer send.
      if (!isLost()) await Promise.race([inner.write(piece), lost]);
      if (isLost()) throw new LabError('PROVIDER_UNAVAILABLE', `The connection to "${command.name}" broke.`);
    },
    async close() {
      // The command sees the end of its input, and may say goodbye to it; it is not waited for longer.
      const late = setTimeout(() => socket.destroy(), closeMs).unref();
      channel.resume().end();
      await ended;
      clearTimeout(late);
      await leave();
    },
    drop: leave,
  };
}

function started({ client }: Line, { name, words }: Command): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.once('close', () => reject(new LabError('PROVIDER_UNAVAILABLE', `"${name}" closed the connection.`)));
    client.exec(words.map(quoted).join(' '), (cause, channel) => {
      if (!cause) return resolve(channel);
      reject(new LabError('PROVIDER_FAILED', `"${name}" runs no command for us: ${cause.message}.`, { cause }));
    });
  });
}

/** For the shell at the other end: between single quotes nothing means anything. */
const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/** Why it ended, as the end of a sentence; `undefined` when it ended well. */
function endOf(channel: ClientChannel, lost: Promise<void>): Promise<string | undefined> {
  let stderr = '';
  channel.stderr.on('data', (piece: Buffer) => {
    stderr = `${stderr}${piece}`.slice(-mostStderr);
  });
  let code: number | string | null | undefined;
  channel.once('exit', (status: number | null, signal?: string) => {
    code = status ?? signal ?? null;
  });
  const how = () => {
    if (code === 0) return undefined;
    if (code === undefined) return 'was cut off: the connection was lost.';
    const said = stderr.trim() === '' ? '.' : `: ${stderr.trim()}`;
    return code === 127 ? `is not installed there${said}` : `ended with ${code}${said}`;
  };
  const closed = new Promise<void>((resolve) => void channel.once('close', () => resolve()));
  return Promise.race([closed, lost]).then(how);
}
