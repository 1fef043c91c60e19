import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import type { Effect, Manifest, PortName, Ports, StatePort } from '../sdk/index.ts';
import { admitted, type Rights } from './admit.ts';
import type { ReservedWords } from './argv.ts';
import { asked } from './asks.ts';
import { clock } from './clock.ts';
import { dial } from './dial.ts';
import { type Behind, type DoorEvent, doors, type House } from './doors.ts';
import { exec } from './exec.ts';
import { files } from './files.ts';
import { agreed, type Granted } from './grants.ts';
import { http } from './http.ts';
import { processes } from './process.ts';
import { random } from './random.ts';
import { grantedRoots, type RootPaths, socketFolders, soundRoots } from './roots.ts';
import { secret, secretsOf } from './secret.ts';
import type { SshHosts } from './ssh/index.ts';
import { state } from './state.ts';

export interface PortOptions {
  /** The plugin's name in errors and in the record directory. */
  readonly plugin: string;
  readonly manifest: Manifest;
  /** What the admin grants, in the form of a manifest; for our own plugins the manifest's `ports`. Nothing without it. */
  readonly grants?: Granted;
  /** Absolute folders behind the root names; one that is missing here is not there for the plugin. */
  readonly roots: RootPaths;
  /** Durable, and scoped to the plugin already. */
  readonly store: StatePort;
  readonly secrets: (name: string) => Promise<string>;
  /** The machines of the config that may be reached over SSH, by name. */
  readonly sshHosts?: SshHosts;
  /** Where supervised programs are remembered; the same in every life of labwarden. */
  readonly recordDir: string;
  /** The call that these doors belong to; they are shut when it aborts. */
  readonly signal: AbortSignal;
  readonly onDoor?: (event: DoorEvent) => void;
  readonly words: ReservedWords;
}

export interface OpenPorts {
  /** Of the ports that were asked for and granted; the others are absent. */
  readonly ports: Partial<Ports>;
  /**
   * What one use of a verb may do to the world, before it is used: the table's effect, or that of the template or address where it
   * is stronger. Throws what the verb itself would throw for arguments that are wrong or not granted.
   */
  effectOf(port: PortName, verb: string, args: readonly unknown[]): Effect;
}

/** Every door to the world that one plugin may use in one call. Opens nothing yet. */
export function openPorts(options: PortOptions): OpenPorts {
  const { plugin, manifest, grants = {}, signal, onDoor = () => {} } = options;
  const granted = agreed(plugin, manifest.ports, grants);
  const paths = soundRoots(options.roots);
  setMaxListeners(0, signal); // each open pipe listens to it, and many are no leak
  const rights: Rights = { plugin, granted, paths, roots: grantedRoots(granted.files, paths) };
  const house: House = { signal, admit: (...use) => admitted(rights, ...use), tell: onDoor };
  const open = Object.entries(behind(options, rights)).map(([port, inside]) => [
    port,
    doors(port as PortName, inside, house),
  ]);
  return {
    // `doors` gives each port exactly the verbs of `portVerbs`, which `satisfies` ties to `Ports`.
    ports: Object.fromEntries(open) as Partial<Ports>,
    effectOf: (port, verb, args) => admitted(rights, port, verb, asked(port, verb, args)),
  };
}

/** The code behind each granted port. */
function behind({ plugin, recordDir, store, secrets, sshHosts = {}, words }: PortOptions, rights: Rights): AllBehind {
  const { granted, paths, roots } = rights;
  const tokens = secretsOf(plugin, granted.secret ?? [], secrets);
  return {
    ...(granted.exec && { exec: exec(granted.exec, words) }),
    ...(granted.process && { process: processes(join(recordDir, plugin), granted.process, words) }),
    ...(granted.dial && {
      dial: dial({ sockets: socketFolders(granted.dial, paths), secrets: tokens, grants: granted.dial, sshHosts }),
    }),
    ...(granted.files && { files: files(roots) }),
    ...(granted.http && { http: http(rights) }),
    ...(granted.secret && { secret: secret(tokens) }),
    ...(granted.state && { state: state(store) }),
    ...(granted.clock && { clock }),
    ...(granted.random && { random }),
  };
}

type AllBehind = { readonly [P in PortName]?: Behind<Ports[P]> };
