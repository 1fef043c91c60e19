import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { callAtWork, inNameOfCalls } from '../../../src/kernel/at-work.ts';
import type { Provider, VmState } from '../../../src/sdk/index.ts';
import { ownFolder } from '../../support/folder.ts';
import { labFiles, openLab } from '../../support/lab.ts';
import { quietCall } from '../../support/quiet-call.ts';
import { vmIn } from '../../support/vms.ts';

const never = new AbortController().signal;
const at = (id: string) => ({ vm: vmIn('', 'vm-1'), call: { ...quietCall, id } });

/** A provider that looks at a screen and at a state, and does this meanwhile. */
function providerThat(act: () => unknown): Provider {
  const tail = async () => {
    await nextTurn();
    await act();
    return new Uint8Array();
  };
  const state = async (): Promise<VmState> => {
    await act();
    return 'stopped';
  };
  const vm = { console: { tail }, endpoint: { unsupported: 'It has no network.' } };
  return { host: {}, network: {}, vm, state, close: async () => {} };
}

/** The console as it was offered. */
function consoleOf({ vm }: Provider) {
  if (!vm.console || 'unsupported' in vm.console) throw new Error('It has a console.');
  return vm.console;
}

test('a provider works in the name of the call it was given, however many there are at once', async () => {
  const seen: unknown[] = [];
  const provider = inNameOfCalls(providerThat(() => seen.push(callAtWork())));
  await Promise.all([
    consoleOf(provider).tail(at('call-1'), 1),
    consoleOf(provider).tail(at('call-2'), 1),
    provider.state(at('call-3')),
  ]);
  expect(seen.toSorted()).toEqual(['call-1', 'call-2', 'call-3']);
  expect(callAtWork()).toBeUndefined();
});

test('what a provider does not offer stays not offered, with its reason', () => {
  const { vm, host } = inNameOfCalls(providerThat(() => {}));
  expect([vm.endpoint, vm.define, host]).toEqual([{ unsupported: 'It has no network.' }, undefined, {}]);
});

test('the log has a provider’s deeds under the call they belong to, and else under the provider’s own name', async () => {
  await using folder = await ownFolder();
  await using lab = await openLab(await labFiles(folder.path, { plugins: ['test/support/crossing'] }));
  const standing = `provider-${'x'.repeat(40)}`;
  const { files } = lab.lab.doors('crossing', standing, never).ports;
  const artifacts = (await files?.roots())?.['artifacts'] ?? '';
  await mkdir(artifacts);
  const make = (name: string) => files?.makeFolder(join(artifacts, name));
  await consoleOf(inNameOfCalls(providerThat(() => make('one')))).tail(at('call-1'), 1);
  await make('two');
  const effects = (await lab.records()).filter(({ kind }) => kind === 'effect');
  expect(effects.map(({ op }) => op)).toEqual(['call-1', standing]);
});
