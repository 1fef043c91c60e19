import type { Provider } from 'labwarden/sdk';
import { afterEach, expect, test } from 'vitest';
import { type PluginProcess, spawnPlugin } from '../../../src/rpc/spawn.ts';
import { quietCall } from '../../support/quiet-call.ts';
import { vmIn } from '../../support/vms.ts';

const opened: PluginProcess[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each[Symbol.asyncDispose]()));
});

/** A plugin of these words. */
async function spawned(code: string, log: (line: string) => void = () => {}): Promise<PluginProcess> {
  const plugin = await spawnPlugin(new URL(`data:text/javascript,${encodeURIComponent(code)}`), { log });
  opened.push(plugin);
  return plugin;
}

const provider = (features: string, more = '') => `
  export const plugin = {
    kind: 'provider', id: 'own', config: {},
    connect: async () => ({ host: {}, network: {}, vm: { ${features} }, ${more} state: async () => 'stopped', close: async () => {} }),
  };`;

async function connected({ plugin }: PluginProcess): Promise<Provider> {
  if (plugin.kind !== 'provider') throw new Error('not a provider');
  return await plugin.connect({}, {}, quietCall);
}

const at = { vm: vmIn('/lab', 'vm-1'), call: quietCall };

test.each([
  ['that throws', 'throw new Error("no")'],
  ['that is no JavaScript', 'export const'],
  ['that exports no plugin', 'export const other = 1'],
  ['that ends itself', 'process.exit(0)'],
])('a plugin %s is refused by the sentence that it does not load', async (_, code) => {
  await expect(spawned(code)).rejects.toMatchObject({
    code: 'PLUGIN_INVALID',
    message: expect.stringMatching(/^The plugin at .* does not load\.$/),
  });
});

test('what it prints is heard, line by line, from both of its streams', async () => {
  const lines: string[] = [];
  await using _ = await spawned(
    `console.log('one'); console.error('two\\nthree'); export const plugin = { kind: 'capability', id: 'x', operations: [] };`,
    (line) => lines.push(line),
  );
  expect(lines.toSorted()).toEqual(['one', 'three', 'two']);
});

test('a provider that loses its hypervisor says so in its own words', async () => {
  const plugin = await spawned(provider('', `lost: async () => 'The cable was cut.',`));
  expect(await (await connected(plugin)).lost?.()).toBe('The cable was cut.');
});

test.each([
  ['with a lost of its own', 'lost: () => new Promise(() => {}),'],
  ['without one', ''],
])('a provider whose process dies is lost, %s', async (_, more) => {
  const plugin = await spawned(provider('', more));
  const lost = (await connected(plugin)).lost?.();
  plugin.child.kill('SIGKILL');
  expect(await lost).toBe('The process of "own" has ended.');
});

test('a provider that dies on the way leaves a read unanswered and a change unknown', async () => {
  const never = '() => new Promise(() => {})';
  const power = `power: { start: ${never}, shutdown: ${never}, cut: ${never} }, console: { tail: ${never} },`;
  const plugin = await spawned(provider(power));
  const { vm } = await connected(plugin);
  if (!vm.power || 'unsupported' in vm.power || !vm.console || 'unsupported' in vm.console)
    throw new Error('not offered');
  const codes = [vm.power.start(at), vm.console.tail(at, 1)].map((answer) => answer.catch(({ code }) => code));
  plugin.child.kill('SIGKILL');
  expect(await Promise.all(codes)).toEqual(['OUTCOME_UNKNOWN', 'PROVIDER_UNAVAILABLE']);
  await expect(vm.power.start(at)).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
});

test('of what a provider offers, only what the contract names gets in', async () => {
  const plugin = await spawned(
    provider(`console: { tail: async () => new Uint8Array(1), more: 1 }, format: { all: () => {} },`),
  );
  const { vm } = await connected(plugin);
  expect(Object.keys(vm)).toEqual(['console']);
  expect(Object.keys(vm.console ?? {})).toEqual(['tail']);
});

test('a feature that lacks a verb is refused by name', async () => {
  const plugin = await spawned(provider('power: { start: async () => {} },'));
  await expect(connected(plugin)).rejects.toMatchObject({
    code: 'PLUGIN_INVALID',
    message: 'There is no shutdown in power of "own".',
  });
});

test('closing a provider closes it over there, and waits for that', async () => {
  const lines: string[] = [];
  const code = provider('').replace('close: async () => {}', `close: async () => console.log('closed over there')`);
  const plugin = await spawned(code, (line) => lines.push(line));
  const { close, state } = await connected(plugin);
  expect(await state(at)).toBe('stopped');
  await close();
  await plugin[Symbol.asyncDispose]();
  expect(lines).toEqual(['closed over there']);
  await close();
});
