import type { VmSpec } from './vm-spec.ts';

/** What policy knows about everything that has an owner. All of it is set by the kernel, never by a caller or a guest. */
export interface Owned {
  readonly id: string;
  readonly name: string;
  /** A user's name, as the transport proved it. */
  readonly owner: string;
  readonly project: string;
  /** Destroying needs the protection lifted first, unless policy says otherwise. */
  readonly protected: boolean;
  readonly tags: readonly string[];
  /** ISO 8601, when its lease ends; absent when nothing takes it away by itself. */
  readonly expiresAt?: string;
  /** ISO 8601, since when it lies in the trash. */
  readonly trashedAt?: string;
  /** With whom its owner shares it. */
  readonly shares?: readonly Share[];
  /** Counts the changes that labwarden made: a plan that was confirmed names it. */
  readonly generation: number;
}

/** What one user, or everybody of one group, may do with another's thing. `own`: use it, and take it over. */
export interface Share {
  readonly with: 'user' | 'group';
  readonly name: string;
  readonly access: 'look' | 'use' | 'own';
}

/** `warned`: it ends soon. `stopped`: it has ended, and its machines were stopped. */
export type LeaseStage = 'active' | 'warned' | 'stopped';

/** A VM or container as labwarden keeps it. What it is doing right now is the hypervisor's to say: see `VmState`. */
export interface Vm extends Owned {
  readonly kind: 'vm' | 'container';
  readonly provider: string;
  /** Name of its cluster; absent for a VM that stands alone. */
  readonly cluster?: string;
  /** What its topology calls its part in the cluster. */
  readonly role?: string;
  /** False for one that labwarden found and did not make. */
  readonly managed: boolean;
  readonly vcpus: number;
  readonly memoryMb: number;
  /** All its disks together, at their full size. */
  readonly diskGb: number;
  /** The hypervisor's own id, as `define.create` answered it. */
  readonly ref?: string;
  readonly spec: VmSpec;
}

/**
 * `absent`: the hypervisor has no such VM, because it is a draft or because somebody removed it.
 * `unknown`: only in a list, where one provider that cannot answer must not hide the others.
 */
export type VmState = 'absent' | 'running' | 'paused' | 'stopped' | 'failed' | 'unknown';

/** VMs made from one topology, on one provider and one network. */
export interface Cluster extends Owned {
  readonly provider: string;
  /** The topology file's name, without `.yaml`. */
  readonly topology: string;
  /** SHA-256 of the topology as it was when the cluster was defined. */
  readonly topologyDigest: string;
  readonly network: ClusterNetwork;
  /** There when `expiresAt` is. */
  readonly leaseStage?: LeaseStage;
  /** ISO 8601, when what lies in the trash is gone for good. */
  readonly purgeAt?: string;
}

export interface ClusterNetwork {
  readonly name: string;
  /** What a hypervisor with bridges calls it; others ignore it. */
  readonly bridge: string;
  /** CIDR, such as 10.77.0.0/24. */
  readonly subnet: string;
}

/** A change that runs, or ran: it owns the locks of its call. */
export interface Job {
  readonly id: string;
  /** Same as the id, so that a job is named like everything else. */
  readonly name: string;
  readonly owner: string;
  readonly project: string;
  readonly tool: string;
  readonly status: 'running' | 'done' | 'failed' | 'unknown';
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly progress?: { readonly done: number; readonly total?: number; readonly message: string };
  /** What the call answered, once it has. */
  readonly result?: object;
  readonly error?: { readonly code: string; readonly message: string; readonly details: object };
}

/** A connected provider, seen as a thing one may ask about or build on. */
export interface Host {
  readonly id: string;
  readonly name: string;
  readonly provider: string;
}

/** The lab itself: there is one. */
export interface Lab {
  readonly id: 'lab';
  readonly name: 'lab';
}

/** Everything an operation may act on, by the word that operations and policy files use. */
export interface Subjects {
  vm: Vm;
  cluster: Cluster;
  job: Job;
  host: Host;
  lab: Lab;
}

export type SubjectType = keyof Subjects;
