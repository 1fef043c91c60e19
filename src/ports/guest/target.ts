import type { Ran, VmState } from '../../sdk/index.ts';

/** A machine and how to get into it. */
export interface GuestTarget {
  readonly id: string;
  /** What people call it: errors do too. */
  readonly name: string;
  /** Asked before each connection, because a machine that was restarted may answer elsewhere. */
  endpoint(): Promise<{ readonly host: string; readonly port: number }>;
  readonly user: string;
  /** Absolute path of an OpenSSH private key without a passphrase. */
  readonly keyPath?: string;
  /** Asked before each connection, and only when there is no key. */
  readonly password?: () => Promise<string>;
  /** OpenSSH public key lines or `SHA256:…` fingerprints that labwarden generated or an admin pinned. Nothing else is ever trusted. */
  readonly hostKeys: readonly string[];
  readonly connectTimeoutMs: number;
}

export interface ExecLimits {
  /** Counted from the moment the machine is asked to run the command. */
  readonly timeoutMs: number;
  /** Of stdout and of stderr each. */
  readonly maxOutputBytes: number;
}

/** What `ready` looks at besides SSH. */
export interface Watch {
  state(): Promise<VmState>;
  consoleTail(): Promise<string>;
}

export interface Guests extends AsyncDisposable {
  /** Whether it lets us in right now. Throws only when asked in a wrong way, or when the signal aborts. */
  reachable(target: GuestTarget, signal: AbortSignal): Promise<boolean>;
  /** Resolves when it lets us in. Throws TIMEOUT with `{ node, stage, reason, console }`; at once when it no longer runs. */
  ready(target: GuestTarget, withinMs: number, signal: AbortSignal, watch: Watch): Promise<void>;
  /**
   * Runs one command line in the user's shell, with nothing on its stdin; at most four at once on a machine, the others wait.
   * When it has rejected, the command was not started, or was ended as far as the machine's SSH server can: OpenSSH ends nothing of
   * root's, dropbear only the shell. OUTCOME_UNKNOWN where nobody can know.
   */
  exec(target: GuestTarget, command: string, limits: ExecLimits, signal: AbortSignal): Promise<Ran>;
  /** Lets one more key log in as the target's user: one ssh-ed25519 line, its comment of letters, digits and `@._-`. Idempotent. */
  admit(target: GuestTarget, publicKey: string, signal: AbortSignal): Promise<void>;
  /** Drops what is connected. Call it when a machine was reverted, replaced or removed: its old connections would only hang. */
  forget(id: string): void;
}

export interface GuestsOptions {
  /** A connection that nobody used for so long is closed. */
  readonly idleMs?: number;
  /** How often a connection is asked whether it lives; three silences end it. */
  readonly keepaliveMs?: number;
}
