export type Arch = 'x86_64' | 'aarch64';

/** The board that every VM and every probe gets: a verdict on another one would prove nothing. */
export const machines: Readonly<Record<Arch, string>> = { x86_64: 'q35', aarch64: 'virt' };

const archs: Readonly<Partial<Record<string, Arch>>> = { x64: 'x86_64', arm64: 'aarch64' };

/** The architecture this host runs without emulation; `undefined` when QEMU would have to emulate either. */
export const hostArch = (): Arch | undefined => archs[process.arch];

/** Seccomp filter, Linux only: no program started, no privilege gained, no way back. */
export const seccomp = (wanted: boolean): readonly string[] =>
  wanted && process.platform === 'linux'
    ? ['on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny']
    : [];
