import { type Address, LabError, type Pipe } from '../../sdk/index.ts';
import type { Door } from '../doors.ts';
import type { Granted } from '../grants.ts';
import { covers } from '../grants.ts';
import { pipe } from '../pipe.ts';
import { channelEnd } from './channel-end.ts';
import { enter } from './enter.ts';
import { hostKeysIn } from './known-hosts.ts';

/** A machine that the admin opened for commands over SSH. */
export interface SshHost {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Absolute paths, of an OpenSSH private key without a passphrase and of a known_hosts file. */
  readonly keyPath: string;
  readonly knownHosts: string;
}

export type SshHosts = Readonly<Record<string, SshHost>>;

type Grants = NonNullable<Granted['dial']>;
type SshAddress = Extract<Address, { readonly ssh: string }>;

/** A granted command on a machine of the config, its input and output as a pipe. Each has a connection of its own, which ends with it. */
export async function dialSsh(
  door: Door,
  { ssh, command }: SshAddress,
  grants: Grants,
  hosts: SshHosts,
): Promise<Pipe> {
  const target = Object.hasOwn(hosts, ssh) ? hosts[ssh] : undefined;
  if (!target) throw new LabError('NOT_FOUND', `There is no machine "${ssh}" under ssh_hosts in the config; add it.`);
  const words = commandOf(grants, ssh, command);
  const hostKeys = await hostKeysIn(target.knownHosts, target);
  const line = await enter(ssh, { ...target, hostKeys }, door.signal);
  return pipe(await channelEnd(line, { name: ssh, words }, door.signal), door);
}

/** As `admit.ts` let it through. */
function commandOf(grants: Grants, ssh: string, command: string): readonly string[] {
  const words = grants
    .filter(({ to }) => covers(to, `ssh:${ssh}`))
    .flatMap(({ commands = {} }) => (Object.hasOwn(commands, command) ? [commands[command]] : []))[0];
  if (words) return words;
  throw new LabError('INTERNAL', `The command "${command}" was let through and is not there.`);
}
