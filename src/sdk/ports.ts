import type { Pipe } from './call.ts';
import type { Effect, Within } from './effects.ts';

/** What stands for `{name}` in a granted template; a list where the template says `each`. */
export type Values = Readonly<Record<string, string | readonly string[]>>;

/** Programs the admin granted, each as a template of arguments: `qemu-img info --output=json -f {format} -- {path}`. */
export interface ExecPort {
  /** Throws TIMEOUT when the program outlives the template's limit; it is dead by then. */
  run(
    template: string,
    values: Values,
  ): Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }>;
}

export type Address =
  | { readonly unix: string }
  | { readonly tcp: string }
  | { readonly tls: string; readonly fingerprint?: string }
  /** A machine by its name in the config's ssh_hosts, and a command by its name in the grant: its input and output are the pipe. */
  | { readonly ssh: string; readonly command: string };

export interface DialPort {
  /** Throws PROVIDER_UNAVAILABLE when nobody answers, with the system's own reason. */
  open(address: Address): Promise<Pipe>;
}

export interface FileFacts {
  readonly kind: 'file' | 'folder' | 'other';
  readonly sizeBytes: number;
  /** Allocated on disk, which a sparse file has less of. */
  readonly usedBytes: number;
}

/** Files beneath the granted roots. Paths are absolute; links out of a root are not followed. */
export interface FilesPort {
  /** The granted roots by name, as absolute paths: `own` (kept), `run` (short, for sockets), and the config's. */
  roots(): Promise<Readonly<Record<string, string>>>;
  /** `undefined` when there is nothing. */
  stat(path: string): Promise<FileFacts | undefined>;
  /** Names in a folder, sorted; empty when there is no such folder. */
  list(path: string): Promise<readonly string[]>;
  /** `sha256:` and 64 hex digits. */
  digest(path: string): Promise<string>;
  /** From a byte offset on; a negative one counts from the end. */
  read(path: string, from?: number): Promise<Pipe>;
  /** Appears under its name, whole, when the pipe is closed; a call that ends before leaves nothing. */
  write(path: string): Promise<Pipe>;
  /** With its parents. One that exists is fine. */
  makeFolder(path: string): Promise<void>;
  /** Never onto something that exists: CONFLICT. */
  rename(from: string, to: string): Promise<void>;
  /** A file, or an empty folder. Nothing there is fine. */
  remove(path: string): Promise<void>;
}

/** Supervised programs by a name of the plugin's choice; their identity is proved before any signal is sent. */
export interface ProcessPort {
  /** Resolves once it runs. CONFLICT when one of that name runs. A detached one outlives the lab server. */
  start(name: string, template: string, values: Values, options?: { readonly detached?: boolean }): Promise<void>;
  /** Whether the program started under this name, in this life of labwarden or an earlier one, still runs, with proof. */
  alive(name: string): Promise<boolean>;
  /** Resolves when it has ended, with the end of what it said on stderr. At once when it does not run. */
  ended(name: string): Promise<{ readonly exitCode?: number; readonly stderr: string }>;
  /** SIGTERM, then SIGKILL after `graceMs`. Resolves when it has ended. One that does not run is fine. */
  stop(name: string, graceMs: number): Promise<void>;
}

export interface HttpPort {
  get(url: string): Promise<{ readonly status: number; readonly body: Uint8Array }>;
  /** Straight into a file beneath a granted root. */
  download(url: string, to: string): Promise<{ readonly digest: string }>;
}

/** A plugin's own durable facts, invisible to every other plugin. Values are JSON. */
export interface StatePort {
  get(key: string): Promise<unknown>;
  list(prefix: string): Promise<readonly string[]>;
  set(key: string, value: unknown): Promise<void>;
  remove(key: string): Promise<void>;
}

export interface SecretPort {
  /** A token that other ports turn into the secret; the secret itself never enters a plugin. */
  token(name: string): Promise<string>;
}

export interface ClockPort {
  /** ISO 8601, UTC. */
  now(): Promise<string>;
  sleep(ms: number): Promise<void>;
}

export interface RandomPort {
  /** 128 random bits, lower-case hex. */
  id(): Promise<string>;
}

/** Every door to the world. A call's own doors are shut when the call is over. */
export interface Ports {
  exec: ExecPort;
  dial: DialPort;
  files: FilesPort;
  process: ProcessPort;
  http: HttpPort;
  state: StatePort;
  secret: SecretPort;
  clock: ClockPort;
  random: RandomPort;
}

export type PortName = keyof Ports;

/** What each verb of each port may do to the world. A template or an address brings an effect of its own, checked beside this one. */
export const portVerbs = {
  exec: { run: 'read' },
  dial: { open: 'read' },
  files: {
    ...{ roots: 'read', stat: 'read', list: 'read', digest: 'read', read: 'read' },
    ...{ write: 'change', makeFolder: 'change', rename: 'change', remove: 'destroy' },
  },
  process: { start: 'change', alive: 'read', ended: 'read', stop: 'destroy' },
  http: { get: 'read', download: 'change' },
  state: { get: 'read', list: 'read', set: 'change', remove: 'change' },
  secret: { token: 'read' },
  clock: { now: 'read', sleep: 'read' },
  random: { id: 'read' },
} as const satisfies { readonly [P in PortName]: { readonly [V in keyof Ports[P]]: Effect } };

type PortVerb<P extends PortName, E extends Effect> = {
  [V in keyof (typeof portVerbs)[P]]: (typeof portVerbs)[P][V] extends Within<E> ? V : never;
}[keyof (typeof portVerbs)[P]];

/** The doors an operation asked for, and of each the verbs its effect allows. */
export type Doors<P extends PortName, E extends Effect> = {
  readonly [K in P]: { readonly [V in PortVerb<K, E> & keyof Ports[K]]: Ports[K][V] };
};
