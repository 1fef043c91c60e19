import { z } from 'labwarden/sdk';

/** All of it has a default: `plugin: qemu-direct` is a whole configuration. */
export const config = z.object({
  arch: z
    .enum(['auto', 'x86_64', 'aarch64'])
    .default('auto')
    .describe('Architecture of the guests; auto is that of this host.'),
  accelerator: z
    .enum(['auto', 'kvm', 'hvf', 'tcg'])
    .default('auto')
    .describe(
      'auto takes KVM or HVF where a probe guest really runs on it, else TCG (emulation). Any other is taken or fails.',
    ),
  tb_size_mb: z
    .int()
    .min(8)
    .max(4096)
    .default(32)
    .describe('Memory in MiB that TCG may use per VM for translated code.'),
  vcpus_per_cpu: z
    .int()
    .min(1)
    .max(64)
    .default(4)
    .describe('How many vCPUs of running VMs one CPU of this host may carry.'),
  internet: z
    .boolean()
    .default(true)
    .describe(
      'Whether guests reach beyond their cluster. If so, they also reach what listens on 127.0.0.1 of this host.',
    ),
  sandbox: z
    .boolean()
    .default(true)
    .describe('Linux: run QEMU under its seccomp filter, so that it can start no program.'),
  firmware_aarch64: z
    .string()
    .regex(/^[\w/.][\w/. -]*$/)
    .default('edk2-aarch64-code.fd')
    .describe('UEFI firmware for aarch64 images that boot themselves: a path, or a name in QEMU’s own data folder.'),
  start_timeout_ms: z.int().positive().default(30_000).describe('Longest QEMU may take until it runs a VM, in ms.'),
  stop_grace_ms: z.int().positive().default(5_000).describe('Time for QEMU to end by itself when a VM is cut, in ms.'),
  qmp_timeout_ms: z.int().positive().default(5_000).describe('Longest one QMP command may take, in ms.'),
});

export type Config = z.output<typeof config>;
