import { LabError } from 'labwarden/sdk';
import { expect, test } from 'vitest';
import { config } from '../../../plugins/qemu-direct/config.ts';
import { plugin } from '../../../plugins/qemu-direct/index.ts';
import { memoryPorts } from '../../support/memory-ports.ts';
import { quietCall } from '../../support/quiet-call.ts';

/** Connects where no program runs, for this reason. */
const connecting = (reason: LabError) => {
  const ports = memoryPorts({ files: new Map(), facts: new Map() });
  const exec = { run: () => Promise.reject(reason) };
  return plugin.connect(config.parse({ accelerator: 'tcg' }), { ...ports, exec }, quietCall);
};

test('a QEMU that cannot be started is told with the reason, and what labwarden needs', async () => {
  const missing = '"qemu-system-x86_64" cannot be started: it is not installed here, or not on PATH.';
  await expect(connecting(new LabError('PROVIDER_UNAVAILABLE', missing))).rejects.toMatchObject({
    code: 'PROVIDER_UNAVAILABLE',
    message: `${missing} labwarden needs QEMU 7.2 or newer, with qemu-img.`,
  });
});

test('whatever else went wrong keeps its own words', async () => {
  const slow = new LabError('TIMEOUT', '"qemu-system-x86_64" ran longer than its 10 s and was ended.');
  await expect(connecting(slow)).rejects.toBe(slow);
});
