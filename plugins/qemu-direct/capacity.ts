import { availableParallelism, freemem, totalmem } from 'node:os';
import { type Capacity, LabError } from 'labwarden/sdk';
import type { Host } from './host.ts';
import { powerState } from './vm-state.ts';

export const capacity = (host: Host): Capacity => ({
  async facts() {
    const { accelerator, reason } = host.verdict;
    return { version: `QEMU ${host.version} (${host.arch})`, accelerator, acceleratorReason: reason };
  },

  async free() {
    const most = availableParallelism() * host.config.vcpus_per_cpu;
    // Linux: what programs can have without swapping, caches included. macOS: only what nothing uses.
    const memoryMb = Math.floor(freemem() / 2 ** 20);
    return { vcpus: Math.max(0, most - (await taken(host))), memoryMb, diskGb: await freeDisk(host) };
  },

  total: async () => ({
    vcpus: availableParallelism() * host.config.vcpus_per_cpu,
    memoryMb: Math.floor(totalmem() / 2 ** 20),
  }),
});

/** vCPUs of the VMs that run, or may: one that does not answer must not hide what the others leave. */
async function taken(host: Host): Promise<number> {
  const each = (await host.definitions.ids()).map(async (id) => {
    const state = await powerState(host, id).catch(() => 'unknown');
    return state === 'stopped' ? 0 : ((await host.definitions.get(id))?.vcpus ?? 0);
  });
  return (await Promise.all(each)).reduce((sum, vcpus) => sum + vcpus, 0);
}

async function freeDisk({ hands, folders }: Host): Promise<number> {
  const { stdout, stderr } = await hands.exec.run('free-disk', { path: folders.disks });
  // POSIX df -P -k: file system, total, used and available KiB, capacity, mount point.
  const [, available] = /\s\d+\s+\d+\s+(\d+)\s+\d+%\s/.exec(stdout) ?? [];
  if (available) return Math.floor(Number(available) / 2 ** 20);
  throw new LabError('PROVIDER_FAILED', `df does not tell the free space of "${folders.disks}": ${stderr.trim()}`);
}
