import { expect, test } from 'vitest';
import { config } from '../../../plugins/qemu-direct/config.ts';
import { uuid } from '../../../plugins/qemu-direct/folders.ts';
import { plugin } from '../../../plugins/qemu-direct/index.ts';
import { memoryPorts } from '../../support/memory-ports.ts';
import { quietCall } from '../../support/quiet-call.ts';
import { qemu } from '../../support/spoken-qmp.ts';
import { vmIn } from '../../support/vms.ts';

const at = { vm: vmIn('', 'vm-1'), call: quietCall };

/** A host on which vm-1 is defined and a QEMU runs under its name. */
async function hostWith(status: string, id = uuid('vm-1')) {
  const memory = memoryPorts({ files: new Map(), facts: new Map([['vm/vm-1', { vcpus: 1 }]]) });
  const answers: Readonly<Record<string, object>> = { 'query-uuid': { UUID: id }, 'query-status': { status } };
  const open = async () => qemu((command, id) => `${JSON.stringify({ return: answers[command], id })}\n`).pipe;
  const process = { ...memory.process, alive: async () => true };
  return await plugin.connect(config.parse({ accelerator: 'tcg' }), { ...memory, process, dial: { open } }, quietCall);
}

// QEMU, qapi/run-state.json.
test.for([
  ['running', 'running'],
  ['paused', 'paused'],
  ['io-error', 'paused'],
  ['prelaunch', 'paused'],
  ['guest-panicked', 'failed'],
  ['internal-error', 'failed'],
] as const)('a QEMU that says %s runs a VM that is %s', async ([status, state]) => {
  expect(await (await hostWith(status)).state(at)).toBe(state);
});

test('a QEMU that names another UUID is not taken for the VM', async () => {
  const { state } = await hostWith('running', uuid('vm-2'));
  await expect(state(at)).rejects.toMatchObject({ code: 'PROVIDER_FAILED' });
});

test('a VM without a definition is absent, whoever runs under its name', async () => {
  const { state } = await hostWith('running');
  expect(await state({ ...at, vm: vmIn('', 'vm-7') })).toBe('absent');
});
