import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { Provider, Vm } from 'labwarden/sdk';
import { type ProviderFixture, providerContract } from 'labwarden/sdk/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { config } from '../../plugins/qemu-direct/config.ts';
import { plugin as here } from '../../plugins/qemu-direct/index.ts';
import { type PluginProcess, spawnPlugin } from '../../src/rpc/spawn.ts';
import { bootSector } from '../support/boot-sector.ts';
import { mapStore, qemuPorts } from '../support/qemu-ports.ts';
import { quietCall } from '../support/quiet-call.ts';
import { clusterOf, vmIn } from '../support/vms.ts';

const entry = new URL('../../plugins/qemu-direct/index.ts', import.meta.url);
let base: string;
let child: PluginProcess;

beforeAll(async () => {
  base = await mkdtemp(`${tmpdir()}/lw-base-`);
  await writeFile(`${base}/base.raw`, bootSector('Hello from the boot sector.\r\n'));
  execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', `${base}/base.raw`, `${base}/base.qcow2`]);
  child = await spawnPlugin(entry);
});
afterAll(async () => {
  await child[Symbol.asyncDispose]();
  await rm(base, { recursive: true });
});

/** The probe's verdict holds for this boot: the fixtures share it, and nothing else. */
const verdict = mapStore();

describe.each(['in process', 'in a child'])('qemu-direct keeps the provider contract %s', (place) => {
  const plugin = () => (place === 'in process' ? here : child.plugin);
  for (const { name, keep } of providerContract(() => fixture(plugin())))
    test(name, async () => expect(await keep()).toSatisfy((kept) => kept === 'kept' || isGuest(kept)));
});

/** Over these ports there is no SSH: the inside of a guest is the kernel's own feature, tested with a whole guest. */
const isGuest = (kept: unknown): boolean => /guest|inside/i.test(String(Reflect.get(Object(kept), 'notOffered')));

async function fixture(plugin: PluginProcess['plugin']): Promise<ProviderFixture> {
  if (plugin.kind !== 'provider') throw new Error('not a provider');
  const folder = await mkdtemp(`${tmpdir()}/lw-`);
  for (const name of ['own', 'run', 'overlays', 'seeds', 'images']) await mkdir(`${folder}/${name}`);
  const store = mapStore();
  for (const key of await verdict.list('')) await store.set(key, await verdict.get(key));
  const node = (id: string): Vm => {
    const vm = vmIn(folder, id);
    return { ...vm, spec: { ...vm.spec, image: { path: `${base}/base.qcow2`, format: 'qcow2' } } };
  };
  const nodes = [node('vm-1'), node('vm-2')] as const;
  for (const { spec } of nodes) await writeFile(spec.seedPath, new Uint8Array(65_536));
  const connect = () => plugin.connect(config.parse({}), qemuPorts(folder, store), quietCall);
  const provider = await connect();
  for (const key of await store.list('accelerator')) await verdict.set(key, await store.get(key));
  return {
    ...{ provider, nodes, cluster: clusterOf('trio'), guestMs: 8_000 },
    host: { id: 'main', name: 'main', provider: 'main' },
    hasFile: async (path) => existsSync(path),
    async [Symbol.asyncDispose]() {
      await provider.close();
      // The promise may have closed it before: another one, on the same world, takes away what is left.
      const janitor = await connect();
      await ended(janitor, nodes);
      await janitor.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A promise may leave its VMs running: in memory they would go with their world, here they would go on for ever. */
async function ended({ vm, network }: Provider, nodes: readonly Vm[]): Promise<void> {
  const { power, define } = vm;
  const { lan } = network;
  if (!power || !define || !lan || 'unsupported' in power || 'unsupported' in define || 'unsupported' in lan) return;
  for (const node of nodes) {
    await power.cut({ vm: node, call: quietCall });
    await define.erase({ vm: node, call: quietCall });
  }
  await lan.remove({ cluster: clusterOf('trio'), members: nodes, call: quietCall });
}
