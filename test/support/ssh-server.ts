import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import ssh2, { type AcceptConnection, type Connection, type RejectConnection, type ServerChannel } from 'ssh2';

export interface Exec {
  readonly command: string;
  readonly accept: AcceptConnection<ServerChannel>;
  readonly reject: RejectConnection;
}

interface Options {
  readonly hostKeys: readonly string[];
  /** Public key lines or a password that let `vm` in; may be changed while the server runs. */
  authorized: readonly string[];
  readonly password?: string;
  readonly home?: string;
  /** Answers a command in a way of its own; `false` leaves it to the shell. */
  readonly strange?: (exec: Exec, client: Connection) => boolean;
  readonly port?: number;
}

/** A real SSH server on 127.0.0.1 that runs real commands, and counts what it is asked. */
export class SshServer implements AsyncDisposable {
  readonly commands: string[] = [];
  readonly endings: { command: string; signal: string | null }[] = [];
  connections = 0;
  logins = 0;
  refusals = 0;
  mostAtOnce = 0;
  options: Options;
  readonly #server: ssh2.Server;
  readonly #sockets = new Set<Socket>();
  readonly #kills = new Set<() => void>();
  #running = 0;

  static async start(options: Options): Promise<SshServer> {
    const server = new SshServer(options);
    server.#server.listen(options.port ?? 0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  constructor(options: Options) {
    this.options = options;
    this.#server = new ssh2.Server({ hostKeys: [...options.hostKeys] }, (client) => this.#welcome(client));
    // ssh2's Server wraps a plain one, and that one knows the sockets.
    const inner = (this.#server as unknown as { _srv: NodeJS.EventEmitter })._srv;
    inner.on('connection', (socket: Socket) => {
      this.connections++;
      socket.setNoDelay(true);
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get open(): number {
    return this.#sockets.size;
  }

  /** Every connection goes on existing and hears nothing more, as after a machine was reverted. */
  freeze(): void {
    for (const socket of this.#sockets) socket.pause();
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.cut();
    for (const kill of this.#kills) kill();
    await closed;
  }

  #welcome(client: Connection): void {
    client.on('error', () => {});
    client.on('authentication', (context) => {
      const { authorized, password } = this.options;
      const refuse = () => {
        this.refusals++;
        context.reject(['publickey', 'password']);
      };
      if (context.username !== 'vm') return refuse();
      if (context.method === 'password' && password && context.password === password) return context.accept();
      if (context.method !== 'publickey') return refuse();
      const offered = context.key.data.toString('base64');
      const line = authorized.find((key) => key.split(' ')[1] === offered);
      const key = line && ssh2.utils.parseKey(line);
      if (!key || key instanceof Error) return refuse();
      if (!context.signature) return context.accept();
      if (key.verify(context.blob as Buffer, context.signature, context.hashAlgo) !== true) return refuse();
      context.accept();
    });
    client.on('ready', () => {
      this.logins++;
    });
    client.on('session', (acceptSession) => {
      const session = acceptSession();
      let kill = (_signal: string) => {};
      // ssh2's server is deaf to signals once stdin has ended; OpenSSH and dropbear are not.
      session.on('eof', () => Object.assign(session, { _ending: false }));
      session.on('signal', (_accept, _reject, { name }) => kill(name));
      session.on('exec', (accept, reject, { command }) => {
        this.commands.push(command);
        if (this.options.strange?.({ command, accept, reject }, client)) return;
        kill = this.#shell(command, accept());
      });
    });
  }

  #shell(command: string, channel: ServerChannel): (signal: string) => void {
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#running);
    const env = { PATH: process.env['PATH'], HOME: this.options.home };
    const child = spawn('sh', ['-c', command], { env, stdio: 'pipe', detached: true });
    channel.pipe(child.stdin);
    child.stdin.on('error', () => {});
    child.stdout.pipe(channel, { end: false });
    child.stderr.pipe(channel.stderr, { end: false });
    child.once('close', (code, signal) => {
      this.#running--;
      this.endings.push({ command, signal });
      if (code === null) channel.exit((signal ?? 'KILL').replace('SIG', ''));
      else channel.exit(code);
      channel.end();
    });
    const kill = (signal: string) => {
      if (child.pid && child.exitCode === null && child.signalCode === null)
        process.kill(-child.pid, `SIG${signal}` as NodeJS.Signals);
    };
    this.#kills.add(() => kill('KILL'));
    return kill;
  }
}
