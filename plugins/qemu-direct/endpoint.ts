import { type Endpoint, LabError } from 'labwarden/sdk';
import type { Host } from './host.ts';
import { defined, vmState } from './vm-state.ts';

export const endpoint = (host: Host): Endpoint => ({
  async ssh({ vm }) {
    const { sshPort } = await defined(host, vm);
    if (!vm.spec.nics.some(({ on }) => on === 'management')) {
      throw new LabError('UNSUPPORTED', `"${vm.name}" has no management card, so nothing leads to its SSH.`);
    }
    // The port of a VM that has ended may be another program's by now.
    const state = await vmState(host, vm.id);
    if (state === 'running' && sshPort) return { host: '127.0.0.1', port: sshPort };
    throw new LabError('CONFLICT', `"${vm.name}" is ${state}; its SSH answers only while it runs.`);
  },
});
