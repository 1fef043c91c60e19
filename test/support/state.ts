import { randomUUID } from 'node:crypto';
import { openState, type Reservation, type State } from '../../src/state/index.ts';
import { clusterOf, vmIn } from './vms.ts';

/** A state in this folder that is closed at the end of the block. */
export const openedState = (dir: string): State & AsyncDisposable => {
  const state = openState(dir);
  return { ...state, [Symbol.asyncDispose]: () => state.close() };
};

interface Wanted {
  readonly call?: string;
  readonly owner?: string;
  readonly name?: string;
  /** How many nodes the cluster has. */
  readonly nodes?: number;
  /** Where its overlays lie. */
  readonly overlays?: string;
  readonly image?: string;
  /** Where everything else of its VMs lies. */
  readonly folder?: string;
  /** How many VMs this owner may have. */
  readonly most?: number;
  readonly groups?: readonly string[];
  readonly bounds?: Reservation['bounds'];
  readonly spends?: string;
}

/** What `cluster_define` would reserve for a cluster of this name. */
export function reservation(wanted: Wanted = {}): Reservation {
  const {
    call = randomUUID(),
    owner = 'ada',
    name = 'red',
    nodes = 2,
    most,
    groups = [],
    bounds = [],
    folder = '/lab',
    spends,
  } = wanted;
  const { overlays = `/overlays/${owner}/${name}`, image = '/images/base.qcow2' } = wanted;
  const cluster = { ...clusterOf(`c-${call}`), owner, name };
  const node = (index: number) => {
    const vm = vmIn(folder, `v${index}-${call}`, { owner, cluster: name, name: `n${index}` });
    const disk = { path: `${overlays}/n${index}.qcow2` };
    return { ...vm, spec: { ...vm.spec, image: { path: image, format: 'qcow2' as const }, disk } };
  };
  const made = Array.from({ length: nodes }, (_, index) => node(index));
  return {
    intent: {
      ...{ id: call, tool: 'cluster_define', project: 'demo', input: { topology_name: name }, effect: 'change' },
      ...{ principal: { user: owner, groups, via: 'stdio' }, startedAt: new Date().toISOString() },
      subjects: {},
    },
    creates: [{ type: 'cluster', cluster, nodes: made }],
    bounds: most === undefined ? bounds : [{ per: 'person', of: owner, rule: 'p.yaml:1 few', kind: 'vms', most }],
    ...(spends !== undefined && { spends }),
  };
}
