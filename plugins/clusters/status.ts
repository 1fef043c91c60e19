import type { VmHandle, VmState } from 'labwarden/sdk';

type Node = VmHandle<never, never, 'read'>;
type Reachable = VmHandle<'guest', never, 'read'>;

interface NodeStatus {
  readonly name: string;
  readonly role: string;
  readonly ip: string;
  readonly domain_state: VmState;
  readonly ssh_reachable: boolean;
}

/** The node's address on the cluster's own network, without the prefix. */
export const ipOf = ({ spec }: Pick<Node, 'spec'>): string =>
  spec.nics.find(({ on }) => on === 'cluster')?.address.split('/')[0] ?? '';

export const nodeStatus = (node: Node, state: VmState, reachable: boolean): NodeStatus => ({
  name: node.name,
  role: node.role ?? '',
  ip: ipOf(node),
  domain_state: state,
  ssh_reachable: reachable,
});

/** What the nodes are doing, asked of each in parallel; only a running one is dialled. */
export const nodeStatuses = (nodes: readonly Reachable[]): Promise<NodeStatus[]> =>
  Promise.all(
    nodes.map(async (node) => nodeStatus(node, node.state, node.state === 'running' && (await node.guest.reachable()))),
  );

/** The status of a cluster of which the call knows every node's state, because it has just brought it about. */
export const settled = (cluster_name: string, nodes: readonly Node[], state: VmState, reachable: boolean) => ({
  cluster_name,
  nodes: nodes.map((node) => nodeStatus(node, state, reachable)),
});
