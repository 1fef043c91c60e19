import { type Call, LabError, type Ports } from 'labwarden/sdk';
import { chooseAccelerator, type Verdict } from './accelerator.ts';
import type { Config } from './config.ts';
import { Definitions } from './definitions.ts';
import { type Folders, folders } from './folders.ts';
import { type Hands, hands } from './hands.ts';
import { type Arch, hostArch } from './machine.ts';
import { Monitors } from './monitors.ts';

/** This machine, as far as the features need to know it. */
export interface Host {
  readonly hands: Hands;
  readonly config: Config;
  readonly arch: Arch;
  readonly version: string;
  readonly verdict: Verdict;
  readonly folders: Folders;
  readonly definitions: Definitions;
  readonly monitors: Monitors;
}

/** Asks QEMU for its version and proves an accelerator. Throws PROVIDER_UNAVAILABLE when QEMU is missing or too old. */
export async function openHost(config: Config, ports: Partial<Ports>, call: Call): Promise<Host> {
  const doors = hands(ports);
  const paths = folders(await doors.files.roots());
  const arch = config.arch === 'auto' ? (hostArch() ?? 'x86_64') : config.arch;
  const version = await qemuVersion(doors, arch);
  const verdict = await chooseAccelerator(doors, { arch, version, folder: paths.probe }, config);
  const definitions = new Definitions(doors.state);
  const limits = { timeoutMs: config.qmp_timeout_ms, signal: call.signal };
  const monitors = new Monitors(doors, paths, limits, (vm, event, data) => {
    if (telling.has(event)) call.log(`QEMU says ${event}.`, { vm, ...data });
  });
  return { hands: doors, config, arch, version, verdict, folders: paths, definitions, monitors };
}

/** Events that explain why a VM does not do what it should; a guest can make QEMU send plenty of others. */
const telling = new Set(['GUEST_PANICKED', 'BLOCK_IO_ERROR', 'NETDEV_STREAM_DISCONNECTED']);

async function qemuVersion({ exec }: Hands, arch: Arch): Promise<string> {
  const asked = await exec.run(`version-${arch}`, {}).catch((cause: unknown) => {
    const { code, message } = LabError.of(cause);
    if (code !== 'PROVIDER_UNAVAILABLE') throw cause; // it was started, or never tried
    throw new LabError(code, `${message} labwarden needs QEMU 7.2 or newer, with qemu-img.`, { cause });
  });
  const advice = 'install QEMU 7.2 or newer, with qemu-img, on the PATH of labwarden';
  const [, version, major, minor] = /version ((\d+)\.(\d+)[\w.]*)/.exec(asked.stdout) ?? [];
  if (!version) throw new LabError('PROVIDER_UNAVAILABLE', `qemu-system-${arch} does not tell its version; ${advice}.`);
  // -netdev stream, which carries the clusters' networks, came with 7.2.
  if (Number(major) > 7 || (Number(major) === 7 && Number(minor) >= 2)) return version;
  throw new LabError('PROVIDER_UNAVAILABLE', `This host has QEMU ${version}; ${advice}.`);
}
