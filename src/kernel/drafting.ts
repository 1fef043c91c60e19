import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Cluster, Management, Nic, Principal, Vm, VmSpec } from '../sdk/index.ts';
import type { Topology, TopologyNode } from '../topology/topology.ts';
import { baseImage } from './base-image.ts';
import type { Request } from './call/steps.ts';
import type { Providers } from './providers.ts';

export interface Drafting {
  /** The cluster that a topology would become for this caller: nothing exists yet, everything is decided. */
  draft(request: Request, topology: string): Promise<{ readonly cluster: Cluster; readonly nodes: readonly Vm[] }>;
}

export interface DraftingOptions {
  readonly providers: Providers;
  readonly defaultProvider: string;
  readonly project: string;
  readonly seedsDir: string;
  /** When the lease of what this person makes would end, as ISO 8601. */
  expiry(who: Principal, project: string): string | undefined;
  /** Reads and checks the file; overlays of topologies that name no folder go beneath one of the owner's own. */
  load(name: string, owner: string): Promise<Topology>;
  /** The private key that logs in where the topology names none. */
  loginKey(): Promise<string>;
}

export const drafting = (options: DraftingOptions): Drafting => ({
  async draft({ id, principal, signal }, name) {
    const topology = await options.load(name, principal.user);
    const providerName = topology.provider ?? options.defaultProvider;
    const { management } = await options.providers.ready(providerName, signal);
    const project = topology.project ?? options.project;
    const expiresAt = options.expiry(principal, project);
    const owned = {
      owner: principal.user,
      project,
      ...(expiresAt !== undefined && { expiresAt }),
      provider: providerName,
      protected: topology.protected ?? false,
      tags: topology.tags ?? [],
      generation: 1,
    };
    const cluster: Cluster = {
      ...owned,
      id: `c${short(id, topology.clusterName)}`,
      name: topology.clusterName,
      topology: name,
      topologyDigest: topology.digest,
      network: topology.network,
    };
    const { gb: imageGb, identity } = await baseImage(topology.image);
    const keyPath = topology.ssh.keyPath ?? (await options.loginKey());
    const nodes = topology.nodes.map((node): Vm => {
      const vmId = `v${short(id, topology.clusterName, node.name)}`;
      const spec = specOf(topology, node, { vmId, management, keyPath, identity, seedsDir: options.seedsDir });
      const diskGb = node.extraDisks.reduce((sum, { sizeGb }) => sum + sizeGb, imageGb);
      return {
        ...owned,
        ...{
          id: vmId,
          name: node.name,
          ...(node.role !== undefined && { role: node.role }),
          cluster: cluster.name,
          kind: 'vm',
          managed: true,
        },
        ...{ vcpus: node.vcpus, memoryMb: node.memoryMb, diskGb, spec },
      };
    });
    return { cluster, nodes };
  },
});

interface Around {
  readonly vmId: string;
  readonly management: Management | undefined;
  readonly keyPath: string;
  readonly identity: string;
  readonly seedsDir: string;
}

function specOf(
  topology: Topology,
  node: TopologyNode,
  { vmId, management, keyPath, identity, seedsDir }: Around,
): VmSpec {
  const prefix = topology.network.subnet.split('/')[1] ?? '24';
  const nics: Nic[] = [
    ...(management ? [{ on: 'management', mac: mac(vmId, 0), address: management.address } as const] : []),
    { on: 'cluster', mac: mac(vmId, 1), address: `${node.ip}/${prefix}` },
  ];
  return {
    image: { ...topology.image, identity },
    disk: { path: join(topology.overlayDir, `${node.name}.qcow2`) },
    extraDisks: node.extraDisks,
    nics,
    seedPath: join(seedsDir, `${vmId}.iso`),
    login: { user: topology.ssh.user, keyPath, connectTimeoutMs: topology.ssh.connectTimeoutMs },
  };
}

/** Same request, same ids: the line makes the draft twice, before and under the locks. */
const short = (...parts: readonly string[]): string =>
  createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 12);

/** Locally administered, in QEMU's range, the same for the same VM. */
const mac = (vmId: string, index: number): string => {
  const [a, b, c] = createHash('sha256').update(`${vmId}\0${index}`).digest();
  return ['52', '54', '00', ...[a, b, c].map((byte = 0) => byte.toString(16).padStart(2, '0'))].join(':');
};
