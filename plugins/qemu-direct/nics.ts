import type { Nic, VmSpec } from 'labwarden/sdk';
import type { Json } from './disks.ts';

export interface Links {
  /** TCP port of 127.0.0.1 that leads to the guest's SSH. */
  readonly sshPort: number;
  readonly lanPath: string;
  /** Whether management reaches beyond the forward of that port. */
  readonly internet: boolean;
}

/** The backends, one per card: QEMU's own NAT for management, a socket that the cluster's switch dials for the rest. */
export const netdevs = ({ nics }: VmSpec, links: Links): readonly Json[] =>
  nics.map((nic, index) => ({ id: `net${index}`, ...backend(nic, links) }));

export const cards = ({ nics }: VmSpec): readonly Json[] =>
  // An empty romfile: nobody boots from the network here, and some hosts do not have the ROM.
  nics.map(({ mac }, index) => ({ driver: 'virtio-net-pci', netdev: `net${index}`, mac, romfile: '' }));

function backend({ on }: Nic, { sshPort, lanPath, internet }: Links): Json {
  if (on === 'cluster') return { type: 'stream', server: true, addr: { type: 'unix', path: lanPath } };
  const hostfwd = [{ str: `tcp:127.0.0.1:${sshPort}-:22` }];
  return { type: 'user', ipv6: false, restrict: !internet, hostfwd };
}
