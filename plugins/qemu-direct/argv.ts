import type { Values, Vm } from 'labwarden/sdk';
import { cpu } from './accelerator.ts';
import { blockNodes, drives, type Json } from './disks.ts';
import { uuid } from './folders.ts';
import type { Host } from './host.ts';
import { machines, seccomp } from './machine.ts';
import { cards, netdevs } from './nics.ts';

/** What of a host decides how its VMs are run. */
export type Running = Pick<Host, 'arch' | 'verdict' | 'config' | 'folders'>;

/**
 * The values of the template `qemu-…` for one VM. Whatever describes a device is JSON, so that no name or path can become
 * a key of its own; the paths that stay in comma lists are `folders`' own, and hold no comma.
 */
export function qemuValues({ arch, verdict, config, folders }: Running, vm: Vm, sshPort: number): Values {
  const { spec, vcpus, memoryMb } = vm;
  const { console, monitors, lan } = folders.vm(vm.id);
  const links = { sshPort, lanPath: lan, internet: config.internet };
  const tcg = `tcg,thread=multi,tb-size=${config.tb_size_mb}`;
  return {
    ...{ id: vm.id, uuid: uuid(vm.id), machine: machines[arch], vcpus: String(vcpus), memoryMb: String(memoryMb) },
    accelerator: verdict.accelerator === 'tcg' ? tcg : verdict.accelerator,
    cpu: cpu(verdict.accelerator),
    sandbox: seccomp(config.sandbox),
    ...boot(vm, arch === 'aarch64' ? [config.firmware_aarch64] : []),
    blockdevs: blockNodes(spec).map(json),
    netdevs: netdevs(spec, links).map(json),
    devices: [...drives(spec), ...cards(spec), ...always].map(json),
    ...{ console, monitor0: monitors[0], monitor1: monitors[1] },
  };
}

/** The last word on a guest that panics is QEMU's; without pvpanic it would go on as running. */
const always: readonly Json[] = [{ driver: 'virtio-rng-pci' }, { driver: 'pvpanic-pci' }];

/** A kernel of its own, or the firmware that finds the image's bootloader. On x86_64 QEMU brings one. */
function boot({ spec: { image } }: Vm, firmware: readonly string[]): Values {
  if (!image.boot) return { firmware, kernel: [], initrd: [], cmdline: [] };
  const { kernel, initrd, cmdline } = image.boot;
  return { firmware: [], kernel: [kernel], initrd: [initrd], cmdline: [cmdline] };
}

const json = (value: Json): string => JSON.stringify(value);
