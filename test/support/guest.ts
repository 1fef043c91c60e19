import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GuestTarget } from '../../src/ports/guest/index.ts';
import { type KeyPair, newKey } from '../../src/ports/guest/openssh.ts';
import { SshServer } from './ssh-server.ts';

type Options = Partial<Omit<Parameters<typeof SshServer.start>[0], 'hostKeys'>>;

/** A machine that answers SSH, and all that is needed to get into it. */
export interface Machine extends AsyncDisposable {
  readonly server: SshServer;
  readonly target: GuestTarget;
  readonly home: string;
  readonly user: KeyPair;
  readonly host: KeyPair;
}

export async function machine(options: Options = {}): Promise<Machine> {
  const home = mkdtempSync(join(tmpdir(), 'labwarden-guest-'));
  const [user, host] = await Promise.all([newKey('user'), newKey('host')]);
  const keyPath = join(home, 'id');
  writeFileSync(keyPath, user.privateKey, { mode: 0o600 });
  const server = await SshServer.start({ hostKeys: [host.privateKey], authorized: [user.publicKey], home, ...options });
  const endpoint = async () => ({ host: '127.0.0.1', port: server.port });
  const target = {
    id: 'vm-1',
    name: 'db1',
    endpoint,
    user: 'vm',
    keyPath,
    hostKeys: [host.publicKey],
    connectTimeoutMs: 5_000,
  };
  const dispose = async () => {
    await server[Symbol.asyncDispose]();
    rmSync(home, { recursive: true, force: true });
  };
  return { server, target, home, user, host, [Symbol.asyncDispose]: dispose };
}

export const never: AbortSignal = new AbortController().signal;

/** Until it holds; the test's own time limit ends it otherwise. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}
