/**
 * What a VM is made of, all of it decided by the kernel: paths already lie beneath the admin's roots, formats are declared,
 * names are taken. A provider builds what stands here; a capability only says that it shall be built.
 */
export interface VmSpec {
  readonly image: ImageSpec;
  /** The writable disk, a qcow2 overlay on `image`. Absolute. */
  readonly disk: { readonly path: string };
  /** Created when missing, qcow2. */
  readonly extraDisks: readonly ExtraDisk[];
  /** In the order in which the guest finds them. */
  readonly nics: readonly Nic[];
  /** The NoCloud volume, an ISO 9660 file that the kernel writes before `define.create`. Absolute. */
  readonly seedPath: string;
  readonly login: Login;
}

export interface ImageSpec {
  /** Absolute. */
  readonly path: string;
  readonly format: 'qcow2' | 'raw';
  /** Which state of the file was meant, as size and time of change: an overlay on another one is destroyed by it. */
  readonly identity?: string;
  /** Direct kernel boot: half the boot cost where the provider can do it. Without it the image boots itself. */
  readonly boot?: { readonly kernel: string; readonly initrd: string; readonly cmdline: string };
}

export interface ExtraDisk {
  readonly path: string;
  readonly sizeGb: number;
  readonly bus: 'virtio' | 'scsi' | 'sata';
}

export interface Nic {
  /** `management`: the provider's own way to the guest, where it has one; `cluster`: the cluster's network. */
  readonly on: 'management' | 'cluster';
  readonly mac: string;
  /** Static, CIDR. */
  readonly address: string;
}

/** Who the kernel is inside the guest. */
export interface Login {
  readonly user: string;
  /** Absolute path of a private key on this host. Its other half is in the seed. There is one where there is no password. */
  readonly keyPath?: string;
  /** Name of the config's secret with the password of a user that the image has. */
  readonly passwordSecret?: string;
  readonly connectTimeoutMs: number;
}
