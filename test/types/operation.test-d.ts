import { type AnyOperation, operation, type Vm, z } from 'labwarden/sdk';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Equal<A, B>) => {};

const vm = { vm: { type: 'vm', from: 'vm', action: 'a' } } as const;
const cluster = { cluster: { type: 'cluster', from: 'cluster_name', action: 'a', nodes: 'nodes' } } as const;
const plain = { name: 'a_b', summary: '', input: z.object({}), output: z.object({}) };

// @ts-expect-error a destroy needs a preview
operation({ ...plain, on: vm, effect: 'destroy', run: async () => ({}) });

operation({
  ...plain,
  on: vm,
  effect: 'read',
  // @ts-expect-error a read has no preview
  preview: async () => ({ summary: '', effects: [] }),
  run: async () => ({}),
});

operation({
  ...plain,
  on: vm,
  effect: 'change',
  // @ts-expect-error nor has a change
  preview: async () => ({ summary: '', effects: [] }),
  run: async () => ({}),
});

// @ts-expect-error a read leaves nothing to recover
operation({ ...plain, on: vm, effect: 'read', recover: async () => 'undone', run: async () => ({}) });

// @ts-expect-error a read cannot be weaker
operation({ ...plain, on: vm, effect: 'read', effectOf: () => 'read', run: async () => ({}) });

// @ts-expect-error no effect, no operation
operation({ ...plain, on: vm, run: async () => ({}) });

// @ts-expect-error no subject, no operation
operation({ ...plain, effect: 'read', run: async () => ({}) });

operation({
  ...plain,
  // @ts-expect-error a subject's type is one of ours
  on: { disk: { type: 'disk', from: 'disk', action: 'a' } },
  effect: 'read',
  run: async () => ({}),
});

// @ts-expect-error every subject has an action that policy can grant
operation({ ...plain, on: { vm: { type: 'vm', from: 'vm' } }, effect: 'read', run: async () => ({}) });

// @ts-expect-error one thing is named by the input, or it is every thing
operation({ ...plain, on: { vm: { type: 'vm', action: 'a' } }, effect: 'read', run: async () => ({}) });

// @ts-expect-error nobody has a feature of that name
operation({ ...plain, on: vm, requires: ['teleport'], effect: 'read', run: async () => ({}) });

// @ts-expect-error there is no door of that name
operation({ ...plain, on: vm, ports: ['usb'], effect: 'read', run: async () => ({}) });

// @ts-expect-error `ports` is what the kernel hands in, not a subject
operation({ ...plain, on: { ports: { type: 'vm', from: 'vm', action: 'a' } }, effect: 'read', run: async () => ({}) });

operation({
  ...plain,
  on: {},
  // @ts-expect-error `call` is what the kernel hands in, not a draft
  creates: { call: { type: 'cluster', from: 'topology_name' } },
  effect: 'change',
  run: async () => ({}),
});

operation({
  ...plain,
  on: {},
  // @ts-expect-error only clusters are made from a topology
  creates: { vm: { type: 'vm', from: 'name' } },
  effect: 'change',
  run: async () => ({}),
});

// @ts-expect-error the output is what the schema says
operation({ ...plain, on: vm, effect: 'read', output: z.object({ m: z.number() }), run: async () => ({ m: 'x' }) });

operation({
  ...plain,
  on: { vms: { type: 'vm', every: true, action: 'list' }, hosts: { type: 'host', every: true, action: 'list' } },
  requires: ['capacity', 'console'],
  effect: 'read',
  async run({ vms, hosts }) {
    const tails = await Promise.all(vms.map(({ console }) => console.tail(80)));
    same<typeof tails, Uint8Array<ArrayBufferLike>[]>(true);
    await Promise.all(hosts.map(({ capacity }) => capacity.free()));
    // @ts-expect-error every VM is a list of VMs, not one
    vms.name;
    // @ts-expect-error a VM has no features of a host
    vms[0]?.capacity;
    return {};
  },
});

operation({
  ...plain,
  on: cluster,
  creates: { copy: { type: 'cluster', from: 'topology_name' } },
  requires: ['define', 'lan', 'power'],
  uses: ['console'],
  ports: ['files'],
  effect: 'change',
  input: z.object({ n: z.number().default(1) }),
  // @ts-expect-error a change may turn out a read, never a destroy
  effectOf: () => 'destroy',
  async run(context, { n }) {
    same<typeof n, number>(true);
    same<keyof typeof context.ports, 'files'>(true);
    const { cluster, copy, ports, call } = context;
    const [node] = copy.nodes;
    if (!node) return {};
    same<keyof typeof node, keyof Vm | 'state' | 'define' | 'power' | 'console'>(true);
    same<keyof typeof node.define, 'create' | 'discard'>(true);
    same<keyof typeof node.power, 'start' | 'shutdown'>(true);
    same<typeof node.console, undefined | { readonly tail: (bytes: number) => Promise<Uint8Array> }>(true);
    await call.note('step', { n });
    await copy.lan.define();
    await node.define.create();
    await node.define.discard(); // what this call made, it may take back: nothing is lost by it
    await Promise.all(cluster.nodes.map(({ power }) => power.shutdown(1_000)));
    // @ts-expect-error taking the definition away loses something, on a draft as well
    node.define.remove;
    // @ts-expect-error so does cutting the power, and this operation is only a change
    cluster.nodes[0]?.power.cut;
    // @ts-expect-error the guest was not required
    node.guest;
    // @ts-expect-error a network has no features of a VM
    cluster.power;
    // @ts-expect-error a bound feature takes no target
    await node.power.start({ vm: node, call });
    // @ts-expect-error removing a file loses it
    ports.files.remove;
    // @ts-expect-error this door was not asked for
    ports.exec;
    // @ts-expect-error there is no subject of that key
    context.vm;
    // @ts-expect-error facts are read-only
    node.owner = 'me';
    return {};
  },
  async recover({ copy }) {
    await Promise.all(copy.nodes.map(({ define }) => define.erase())); // undoing is taking away
    return 'undone';
  },
});

operation({
  ...plain,
  on: cluster,
  requires: ['define', 'power'],
  effect: 'destroy',
  effectOf: () => 'change',
  async preview({ cluster }) {
    // @ts-expect-error a preview holds nothing but reads
    cluster.nodes[0]?.power.cut;
    // @ts-expect-error not even what can be taken back
    cluster.nodes[0]?.define.create;
    return { summary: cluster.name, effects: cluster.nodes.map(({ name, state }) => `${name} is ${state}.`) };
  },
  async run({ cluster }) {
    await Promise.all(cluster.nodes.map(({ define }) => define.erase()));
    return {};
  },
});

operation({
  ...plain,
  on: { job: { type: 'job', from: 'job_id', action: 'read' } },
  requires: ['control'],
  effect: 'read',
  async run({ job }) {
    same<keyof typeof job.control, 'wait'>(true);
    // @ts-expect-error looking at a job does not end it
    job.control.cancel;
    return {};
  },
});

// @ts-expect-error an operation comes out of `operation()`, not out of a literal
export const forged: AnyOperation = { ...plain, on: vm, effect: 'read', run: async () => ({}) };
