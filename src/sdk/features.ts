import type { Call } from './call.ts';
import type { Cluster, Host, Vm, VmState } from './subjects.ts';

export interface AtHost {
  readonly host: Host;
  readonly call: Call;
}

export interface AtNetwork {
  readonly cluster: Cluster;
  /** Every node of the cluster, whichever of them the caller selected. */
  readonly members: readonly Vm[];
  readonly call: Call;
}

export interface AtVm {
  readonly vm: Vm;
  readonly call: Call;
}

export interface Inventory {
  /** Every VM the hypervisor knows, labwarden's or not. `id` is labwarden's for those it made. */
  list(at: AtHost): Promise<readonly { readonly id: string; readonly state: VmState }[]>;
}

export interface Facts {
  /** What a person would want to know of this host: version, accelerator and why that one. */
  readonly version: string;
  readonly accelerator: string;
  readonly acceleratorReason: string;
}

export interface Room {
  readonly vcpus: number;
  readonly memoryMb: number;
  readonly diskGb: number;
}

export interface Capacity {
  facts(at: AtHost): Promise<Facts>;
  /** What new VMs may still take of this host. */
  free(at: AtHost): Promise<Room>;
  /** All that this host has for VMs, whatever runs. */
  total(at: AtHost): Promise<Omit<Room, 'diskGb'>>;
}

/** The network of one cluster. */
export interface Lan {
  /** Whether frames would be carried right now. */
  active(at: AtNetwork): Promise<boolean>;
  /** Makes it exist and carry frames between the members. Idempotent: also mends one that broke. */
  define(at: AtNetwork): Promise<void>;
  /** Nothing is lost by it: `define` makes it again. Idempotent. */
  remove(at: AtNetwork): Promise<void>;
}

/** Brings the VM of a draft into being, and takes it away again. What to build stands in `vm.spec`. */
export interface Define {
  /**
   * Creates the overlay and the extra disks where they are missing, and defines the VM, stopped. Idempotent: an overlay that is
   * there is used again. Answers the hypervisor's own id when it has one.
   */
  create(at: AtVm): Promise<{ readonly ref?: string }>;
  /**
   * Takes back a `create` that nobody has used: the definition, and of the disks those that `create` made and no start has touched.
   * Disks that were there before stay, so nothing is ever lost by it. Idempotent, also after a crash in the middle of `create`.
   */
  discard(at: AtVm): Promise<void>;
  /** Takes the definition away and keeps every disk. The VM must be stopped. Idempotent. */
  remove(at: AtVm): Promise<void>;
  /** Takes the definition and every disk of its own away; never the image. Idempotent. */
  erase(at: AtVm): Promise<void>;
}

export interface Power {
  /** Resolves when the hypervisor runs it; what is inside may still boot. A paused VM goes on, a running one stays as it is. */
  start(at: AtVm): Promise<void>;
  /** Asks the guest to stop; resolves when it has. Throws TIMEOUT when it does not within `withinMs`. */
  shutdown(at: AtVm, withinMs: number): Promise<void>;
  /** What the guest had not written is lost. A stopped VM stays as it is. */
  cut(at: AtVm): Promise<void>;
}

export interface Console {
  /** The last of what the VM printed since it was started, at most `bytes` of it; empty when it never ran. */
  tail(at: AtVm, bytes: number): Promise<Uint8Array>;
}

/** Where the inside of a VM answers. The kernel's `guest` is built on it. */
export interface Endpoint {
  /** Host and TCP port at which the guest's SSH can be dialled from this machine. */
  ssh(at: AtVm): Promise<{ readonly host: string; readonly port: number }>;
}

/** How one command ended. */
export interface Ran {
  /** `undefined` when it was ended by the time limit. */
  readonly exitCode: number | undefined;
  /** Cut at `maxOutputBytes` each; `truncated` says so. Bytes that are no UTF-8 are replaced. */
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
  readonly timedOut: boolean;
  readonly truncated: boolean;
}

/** A way into the guest for a person's own tools. */
export interface Door {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** A private key of the caller's own, on this host. */
  readonly keyPath: string;
  /** OpenSSH known_hosts file with this machine's key, and no other's. */
  readonly knownHostsPath: string;
}

/** The inside of a running VM. The kernel offers it over `endpoint`, unless the provider has a way of its own; no key ever reaches a plugin. */
export interface Guest {
  /** Whether it lets us in right now; never throws for a guest that does not. */
  reachable(at: AtVm): Promise<boolean>;
  /**
   * Waits until it lets us in. Throws TIMEOUT with details `{ node, stage, reason, console }`:
   * the stage it never passed (`power`, `connect`, `handshake`, `login`), and the end of its console.
   */
  ready(at: AtVm, withinMs: number): Promise<void>;
  /** Runs one command line in the user's shell. A command that fails is an answer, not an error. */
  exec(
    at: AtVm,
    command: string,
    limits: { readonly timeoutMs: number; readonly maxOutputBytes: number },
  ): Promise<Ran>;
  /** Lets the caller's own key in, and says where the door is. Idempotent. */
  door(at: AtVm): Promise<Door>;
}
