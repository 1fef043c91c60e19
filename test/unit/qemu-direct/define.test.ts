import { type Define, isUnsupported, LabError } from 'labwarden/sdk';
import { beforeEach, expect, test } from 'vitest';
import { config } from '../../../plugins/qemu-direct/config.ts';
import { plugin } from '../../../plugins/qemu-direct/index.ts';
import { memoryPorts, type World } from '../../support/memory-ports.ts';
import { quietCall } from '../../support/quiet-call.ts';
import { vmIn } from '../../support/vms.ts';

let world: World;

beforeEach(() => {
  world = { files: new Map(), facts: new Map() };
});

const plain = vmIn('', 'vm-1');
const extraDisks = [{ path: '/overlays/vm-1/data.qcow2', sizeGb: 2, bus: 'virtio' as const }];
const at = { vm: { ...plain, spec: { ...plain.spec, extraDisks } }, call: quietCall };
const disks = ['/overlays/vm-1/disk.qcow2', '/overlays/vm-1/data.qcow2'];

/** A lab server on this world. */
async function server(ports = memoryPorts(world)) {
  const { vm, state } = await plugin.connect(config.parse({ accelerator: 'tcg' }), ports, quietCall);
  if (!vm.define || isUnsupported(vm.define)) throw new Error('qemu-direct always offers define.');
  return { define: vm.define, state: () => state(at) };
}

/** Does it in every world in which the power fails at another change; answers how many there were. */
async function crashingEverywhere(
  verb: keyof Define,
  before: () => Promise<unknown>,
  after: (died: boolean) => Promise<void>,
) {
  for (let crashAt = 0; ; crashAt++) {
    world = { files: new Map([['/images/base.qcow2', 'image']]), facts: new Map() };
    await before();
    const { define } = await server(memoryPorts(world, crashAt));
    const died = await define[verb](at).then(
      () => false,
      () => true,
    );
    await after(died);
    if (!died) return crashAt;
  }
}

const created = async () => (await server()).define.create(at);
const files = () => [...world.files.keys()].filter((path) => path.startsWith('/overlays')).toSorted();

test('wherever a create is cut short, doing it again makes every disk and leaves nothing else', async () => {
  const changes = await crashingEverywhere(
    'create',
    async () => {},
    async (died) => {
      const { define, state } = await server();
      if (died) expect(await state()).toBe('absent');
      await define.create(at);
      expect(await state()).toBe('stopped');
      expect(files()).toEqual(disks.toSorted());
    },
  );
  expect(changes).toBeGreaterThan(8);
});

test('wherever a create is cut short, discard takes back all of it', async () => {
  await crashingEverywhere(
    'create',
    async () => {},
    async () => {
      const { define, state } = await server();
      await define.discard(at);
      expect(await state()).toBe('absent');
      expect(world.files.size + world.facts.size).toBe(1);
    },
  );
});

test.for(['discard', 'erase'] as const)('wherever %s is cut short, doing it again finishes it', async (verb) => {
  await crashingEverywhere(verb, created, async () => {
    const { define, state } = await server();
    await define[verb](at);
    expect(await state()).toBe('absent');
    expect([...world.files.keys()]).toEqual(['/images/base.qcow2']);
  });
});

/** A call that is stopped while the first of these changes is made. */
function stopping(port: 'exec' | 'files', verb: 'run' | 'remove' | 'rename') {
  const stop = new AbortController();
  const ports = memoryPorts(world);
  const act = Reflect.get(ports[port], verb);
  const stopped = async (...args: unknown[]) => {
    const answer = await Reflect.apply(act, ports[port], args);
    if (!String(args[0]).startsWith('version')) stop.abort(new LabError('CANCELLED', 'It was stopped.'));
    return answer;
  };
  const call = { ...quietCall, signal: stop.signal };
  return { ports: { ...ports, [port]: { ...ports[port], [verb]: stopped } }, at: { ...at, call } };
}

test.for([
  ['while its first disk is made', 'exec', 'run', 0],
  ['when its first disk is there', 'files', 'rename', 1],
] as const)(
  'a create that is stopped %s makes nothing more, and discard takes all of it back',
  async ([, port, verb, left]) => {
    const { ports, at: stopped } = stopping(port, verb);
    const { define, state } = await server(ports);
    await expect(define.create(stopped)).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(files().filter((path) => disks.includes(path))).toHaveLength(left);
    expect(await state()).toBe('absent');
    await define.discard(at);
    expect(world.files.size + world.facts.size).toBe(0);
  },
);

test.for(['discard', 'erase'] as const)(
  '%s that is stopped takes nothing more, and doing it again finishes it',
  async (verb) => {
    await created();
    const { ports, at: stopped } = stopping('files', 'remove');
    const { define, state } = await server(ports);
    await expect(define[verb](stopped)).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await state()).toBe('stopped');
    expect(files()).toHaveLength(1);
    await define[verb](at);
    expect(await state()).toBe('absent');
    expect(files()).toEqual([]);
  },
);

test('a disk that was there before is used, and never taken back', async () => {
  world.files.set('/overlays/vm-1/disk.qcow2', 'from last week');
  const { define } = await server();
  await define.create(at);
  await define.discard(at);
  expect([...world.files]).toEqual([['/overlays/vm-1/disk.qcow2', 'from last week']]);
});

test('remove keeps every disk, and a later discard does too', async () => {
  const { define, state } = await server();
  await define.create(at);
  await define.remove(at);
  expect(await state()).toBe('absent');
  await define.create(at);
  await define.discard(at);
  expect(files()).toEqual(disks.toSorted());
});

test('the image stays, whatever becomes of the VM', async () => {
  world.files.set('/images/base.qcow2', 'image');
  const { define } = await server();
  await define.create(at);
  await define.erase(at);
  expect([...world.files]).toEqual([['/images/base.qcow2', 'image']]);
});

test('a second card on the cluster network is refused before anything is made', async () => {
  const [, lan] = at.vm.spec.nics;
  const { define } = await server();
  const nics = [lan, lan].flatMap((nic) => nic ?? []);
  const twice = { ...at, vm: { ...at.vm, spec: { ...at.vm.spec, nics } } };
  await expect(define.create(twice)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  expect(world.files.size).toBe(0);
});
