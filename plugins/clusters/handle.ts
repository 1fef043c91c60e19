import { LabError, operation, z } from 'labwarden/sdk';
import { each } from './each.ts';
import { running } from './exec.ts';
import { ipOf } from './status.ts';

export const clusterHandle = operation({
  name: 'cluster_handle',
  summary:
    'Hand out SSH doors to all nodes of a running cluster, with a key of your own. Programs dial ssh_host:ssh_port.',
  on: { cluster: { type: 'cluster', from: 'cluster_name', action: 'handle', beside: true } },
  requires: ['guest'],
  effect: 'change',
  idempotent: true,
  input: z.object({}),
  output: z.object({
    cluster_name: z.string(),
    artifact_path: z.string().nullable().describe('Artifact installed last; null when there is none.'),
    kernel_version: z.string().describe('As the first node reports it.'),
    nodes: z.array(
      z.object({
        name: z.string(),
        role: z.string(),
        ip: z.string().describe("Address on the cluster's own network."),
        ssh_host: z.string().describe('Where this host reaches its SSH.'),
        ssh_port: z.int(),
        ssh_user: z.string(),
        ssh_key_path: z.string(),
        known_hosts_path: z.string().describe("OpenSSH known_hosts file that holds the node's key."),
      }),
    ),
  }),
  async run({ cluster }) {
    running(cluster.name, cluster.nodes);
    const nodes = await each('Opening a door', cluster.nodes, async (node) => {
      const { host, port, user, keyPath, knownHostsPath } = await node.guest.door();
      return {
        ...{ name: node.name, role: node.role ?? '', ip: ipOf(node) },
        ...{ ssh_host: host, ssh_port: port, ssh_user: user, ssh_key_path: keyPath, known_hosts_path: knownHostsPath },
      };
    });
    return { cluster_name: cluster.name, artifact_path: null, kernel_version: await kernelOf(cluster.nodes[0]), nodes };
  },
  /** A key that was let in does no harm, and asking again lets it in again. */
  recover: async () => 'finished',
});

type Exec = {
  exec(
    command: string,
    limits: { timeoutMs: number; maxOutputBytes: number },
  ): Promise<{ stdout: string; exitCode: number | undefined }>;
};

async function kernelOf(node: { readonly name: string; readonly guest: Exec } | undefined): Promise<string> {
  const ran = await node?.guest.exec('uname -r', { timeoutMs: 30_000, maxOutputBytes: 1024 });
  if (ran?.exitCode === 0) return ran.stdout.trim();
  throw new LabError('PROVIDER_FAILED', `Node "${node?.name}" did not tell its kernel's version.`);
}
