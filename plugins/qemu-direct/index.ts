import { defineProvider } from 'labwarden/sdk';
import { capacity } from './capacity.ts';
import { config } from './config.ts';
import { console } from './console.ts';
import { define } from './define.ts';
import { endpoint } from './endpoint.ts';
import { openHost } from './host.ts';
import { inventory } from './inventory.ts';
import { lan } from './lan.ts';
import { power } from './power.ts';
import { vmState } from './vm-state.ts';
import { whileAlive } from './while-alive.ts';

/** QEMU on this very machine, each VM a process of its own; no root and no daemon. */
export const plugin = defineProvider({
  id: 'qemu-direct',
  config,
  async connect(config, ports, call) {
    const host = await openHost(config, ports, call);
    return {
      host: { inventory: whileAlive(inventory(host)), capacity: whileAlive(capacity(host)) },
      network: { lan: whileAlive(lan(host)) },
      vm: {
        ...{ define: whileAlive(define(host)), power: whileAlive(power(host)) },
        ...{ console: whileAlive(console(host)), endpoint: whileAlive(endpoint(host)) },
      },
      // The network of QEMU's user mode: each VM has one of its own, so that all may have the same address.
      management: { address: '10.0.2.15/24', gateway: '10.0.2.2', nameserver: '10.0.2.3' },
      state: ({ vm }) => vmState(host, vm.id),
      close: () => host.monitors.close(),
    };
  },
});
