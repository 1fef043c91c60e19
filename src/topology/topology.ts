import { homedir } from 'node:os';
import { join } from 'node:path';
import { digestOf, readDocument } from '../document/document.ts';
import type { ClusterNetwork, ExtraDisk, ImageSpec } from '../sdk/index.ts';
import { subnetOf } from './addresses.ts';
import { findTopology } from './find.ts';
import { knownPassword, oneLogin } from './login-rules.ts';
import { cleanSubnet, ownIps, ownNames, usableIps } from './network-rules.ts';
import { formatOf, insideRoots, knownFormat, ownDisks } from './path-rules.ts';
import { placed, type Roots } from './places.ts';
import { type TopologyFile, topologyFile } from './schema.ts';

export { listTopologies } from './find.ts';
export type { Roots } from './places.ts';
export { topologyFile } from './schema.ts';

/** A cluster as its file wants it: checked, every default filled in, every path absolute and beneath its root. */
export interface Topology {
  /** Of the file, without `.yaml`. */
  readonly name: string;
  /** SHA-256 of what the file says, not of how it says it: comments, order and spelled-out defaults do not matter. */
  readonly digest: string;
  readonly clusterName: string;
  readonly image: ImageSpec;
  readonly overlayDir: string;
  readonly network: ClusterNetwork;
  readonly nodes: readonly TopologyNode[];
  readonly ssh: TopologySsh;
  /** Snapshot names by the logical names that this file gives them. */
  readonly snapshots: Readonly<Record<string, string>>;
  /** Label in the config; `undefined` for the default provider. */
  readonly provider: string | undefined;
  readonly project: string | undefined;
  readonly protected: boolean;
  readonly tags: readonly string[];
}

export interface TopologyNode {
  readonly name: string;
  readonly role: string | undefined;
  readonly vcpus: number;
  readonly memoryMb: number;
  readonly ip: string;
  /** The IP with the subnet's prefix length, CIDR. */
  readonly address: string;
  readonly extraDisks: readonly ExtraDisk[];
}

export interface TopologySsh {
  /** `undefined` when there is a password, and when neither the file nor the config names a key: then the lab's own is used. */
  readonly keyPath: string | undefined;
  /** Name of the config's secret. */
  readonly passwordSecret: string | undefined;
  readonly user: string;
  readonly connectTimeoutMs: number;
}

interface Wanted {
  readonly dir: string;
  readonly name: string;
  readonly roots: Roots;
  /** Secrets that may become the password of a guest. */
  readonly guestSecrets?: readonly string[];
  readonly defaults: {
    readonly sshKeyPath?: string | undefined;
    readonly sshPasswordSecret?: string | undefined;
    readonly sshUser: string;
    readonly overlayDir: string;
  };
  readonly home?: string;
}

/** Throws NOT_FOUND for a name that is none, and INVALID_INPUT with every problem of the file. Reads nothing that the file names. */
export async function loadTopology({
  dir,
  name,
  roots,
  guestSecrets = [],
  defaults,
  home = homedir(),
}: Wanted): Promise<Topology> {
  const source = await findTopology(dir, name);
  const rules = [
    ...[cleanSubnet, usableIps, ownIps, ownNames, knownFormat],
    ...[insideRoots(roots, home), ownDisks(roots, home), oneLogin, knownPassword(guestSecrets)],
  ];
  const file = await readDocument(source, topologyFile, { code: 'INVALID_INPUT', rules, name: `${name}.yaml` });
  const { ssh, network } = file;
  return {
    name,
    digest: digestOf(file),
    clusterName: file.cluster_name,
    image: imageOf(file, (written) => placed(written, roots.images, home)),
    overlayDir:
      file.overlay_dir === undefined
        ? join(defaults.overlayDir, file.cluster_name)
        : placed(file.overlay_dir, roots.overlays, home),
    network: { ...network, name: network.name ?? file.cluster_name },
    nodes: nodesOf(file, (written) => placed(written, roots.overlays, home)),
    ssh: {
      ...loginOf(file, defaults, (written) => placed(written, roots.keys, home)),
      user: ssh.user ?? defaults.sshUser,
      connectTimeoutMs: ssh.connect_timeout_s * 1000,
    },
    snapshots: file.snapshots,
    provider: file.provider,
    project: file.project,
    protected: file.protected,
    tags: file.tags,
  };
}

type Placed = (written: string) => string;

/** What the file names wins over what the config names, whichever of the two ways in it is. */
function loginOf({ ssh: { key_path, password_secret } }: TopologyFile, defaults: Wanted['defaults'], placed: Placed) {
  if (key_path !== undefined) return { keyPath: placed(key_path), passwordSecret: undefined };
  if (password_secret !== undefined) return { keyPath: undefined, passwordSecret: password_secret };
  return { keyPath: defaults.sshKeyPath, passwordSecret: defaults.sshPasswordSecret };
}

function imageOf({ base_image, base_image_format, boot }: TopologyFile, placed: Placed): ImageSpec {
  const format = base_image_format ?? formatOf(base_image);
  if (!format) throw new Error('The rule `knownFormat` let an image through whose format nobody declared.');
  const path = placed(base_image);
  if (!boot) return { path, format };
  return { path, format, boot: { kernel: placed(boot.kernel), initrd: placed(boot.initrd), cmdline: boot.cmdline } };
}

function nodesOf({ nodes, network }: TopologyFile, placed: Placed): readonly TopologyNode[] {
  const { prefix } = subnetOf(network.subnet);
  return nodes.map(({ name, role, vcpus, memory_mb, ip, extra_disks }) => ({
    ...{ name, role, vcpus, ip, memoryMb: memory_mb, address: `${ip}/${prefix}` },
    extraDisks: extra_disks.map(({ path, size_gb, bus }) => ({ path: placed(path), sizeGb: size_gb, bus })),
  }));
}
