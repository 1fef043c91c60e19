import { once } from 'node:events';
import { connect } from 'node:net';
import { Client } from 'ssh2';

export interface Login {
  readonly username: string;
  readonly privateKey: string;
  /** The one host key that is accepted, as in an OpenSSH public key line; any when `undefined`. */
  readonly hostKey?: string | undefined;
}

/** Runs one command over a connection of its own. The output is both streams, as they came. */
export async function run(port: number, login: Login, command: string, input: string) {
  const client = await connected(port, login);
  try {
    return await new Promise<{ code: number; output: string }>((resolve, reject) =>
      client.exec(command, (failure, stream) => {
        if (failure) return reject(failure);
        let output = '';
        for (const side of [stream, stream.stderr]) side.on('data', (bytes: Buffer) => (output += bytes.toString()));
        stream.on('close', (code: number) => resolve({ code, output }));
        stream.end(input);
      }),
    );
  } finally {
    client.end();
  }
}

async function connected(port: number, { username, privateKey, hostKey }: Login): Promise<Client> {
  const client = new Client();
  const sock = connect({ port, host: '127.0.0.1', noDelay: true });
  const hostVerifier = (key: Buffer) => hostKey === undefined || hostKey.split(' ')[1] === key.toString('base64');
  // A refused login, or a machine told to end, may be followed by a reset: the first error is the answer, a second is noise.
  client.on('error', () => {});
  client.connect({ sock, username, privateKey, hostVerifier });
  await once(client, 'ready').catch((refused) => {
    client.destroy();
    throw refused;
  });
  return client;
}

/** The first line that a server sends. */
export async function banner(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  const [bytes] = await once(socket, 'data').finally(() => socket.destroy());
  return String(bytes).split('\r\n')[0] ?? '';
}
