import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import ssh2 from 'ssh2';

export interface Login {
  readonly port: number;
  readonly user: string;
  readonly privateKey: string;
}

/** One connection by hand, as fast as ssh2 can be: without Nagle's algorithm. */
export class Shell implements Disposable {
  readonly #client: ssh2.Client;

  private constructor(client: ssh2.Client) {
    this.#client = client;
  }

  static async open({ port, user: username, privateKey }: Login): Promise<Shell> {
    const client = new ssh2.Client();
    const sock = connect({ host: '127.0.0.1', port, noDelay: true });
    // QEMU accepts before the guest does: who hears nothing tries again.
    const silent = setTimeout(() => sock.bytesRead === 0 && sock.destroy(), 400);
    const opened = Promise.withResolvers<void>();
    client.on('ready', opened.resolve).on('error', opened.reject).on('close', opened.reject);
    client.connect({ sock, username, privateKey, readyTimeout: 10_000 });
    await opened.promise.finally(() => clearTimeout(silent));
    return new Shell(client);
  }

  /** As soon as the guest lets somebody in. */
  static async patiently(login: Login): Promise<Shell> {
    for (let tries = 0; ; tries += 1) {
      const shell = await Shell.open(login).catch(() => undefined);
      if (shell) return shell;
      if (tries > 1_000) throw new Error('The guest made by hand lets nobody in.');
      await pause(100);
    }
  }

  exec(command: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#client.exec(command, (error, channel) => {
        if (error) return reject(error);
        let text = '';
        channel.on('data', (piece: Buffer) => {
          text += piece;
        });
        channel.on('close', () => resolve(text));
        channel.stderr.resume();
        channel.end();
      });
    });
  }

  [Symbol.dispose](): void {
    this.#client.destroy();
  }
}
