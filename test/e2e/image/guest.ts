import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Qmp } from './qmp.ts';
import { banner, type Login, run } from './ssh.ts';

/** What `build.sh` says about its work in tiny.json. */
export interface Description {
  readonly cmdline: string;
  readonly files: Readonly<Record<string, string>>;
  readonly packages: readonly { readonly name: string; readonly version: string; readonly sha256: string }[];
}

export const description = (image: string): Description => JSON.parse(readFileSync(`${image}/tiny.json`, 'utf8'));

export type Boot = 'kernel' | 'bios';

/** A disk of its own on the image in `image`, within `folder`. */
export function overlay(image: string, folder: string): void {
  const base = ['-b', `${image}/tiny.qcow2`, '-F', 'qcow2'];
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', ...base, '--', `${folder}/disk.qcow2`]);
}

/** Boots the disk in `folder` under plain QEMU, without hardware help, and waits until its SSH server listens. */
export async function boot(image: string, folder: string, how: Boot, seed?: Uint8Array): Promise<Guest> {
  if (seed) writeFileSync(`${folder}/seed.iso`, seed);
  writeFileSync(`${folder}/console`, '');
  const program = spawn('qemu-system-x86_64', [...machine(folder, seed !== undefined), ...kernel(image, how)], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const guest = new Guest(program, folder);
  try {
    await guest.says('labwarden: ready');
  } catch (failure) {
    await guest[Symbol.asyncDispose]();
    throw failure;
  }
  return guest;
}

const kernel = (image: string, how: Boot): string[] =>
  how === 'bios'
    ? []
    : [
        ...['-kernel', `${image}/tiny-vmlinuz`, '-initrd', `${image}/tiny-initrd`],
        ...['-append', description(image).cmdline],
      ];

const machine = (folder: string, seeded: boolean): string[] => [
  ...['-M', 'q35', '-accel', 'tcg', '-cpu', 'max', '-m', '128', '-nodefaults', '-no-user-config', '-display', 'none'],
  ...['-blockdev', `driver=qcow2,node-name=disk,file.driver=file,file.filename=${folder}/disk.qcow2`],
  ...['-device', 'virtio-blk-pci,drive=disk,bootindex=1'],
  ...(seeded
    ? [
        ...['-blockdev', `driver=raw,node-name=seed,read-only=on,file.driver=file,file.filename=${folder}/seed.iso`],
        ...['-device', 'virtio-blk-pci,drive=seed'],
      ]
    : []),
  ...['-netdev', 'user,id=net0,hostfwd=tcp:127.0.0.1:0-:22'],
  ...['-device', 'virtio-net-pci,netdev=net0,mac=52:54:00:aa:00:01,romfile='],
  ...['-netdev', 'user,id=net1,restrict=on', '-device', 'virtio-net-pci,netdev=net1,mac=52:54:00:aa:01:01,romfile='],
  ...['-device', 'virtio-rng-pci', '-device', 'virtio-serial-pci'],
  ...['-chardev', `socket,id=agent,path=${folder}/agent,server=on,wait=off`],
  ...['-device', 'virtserialport,chardev=agent,name=org.qemu.guest_agent.0'],
  ...['-chardev', `file,id=console,path=${folder}/console`, '-serial', 'chardev:console'],
  ...['-qmp', `unix:${folder}/qmp,server=on,wait=off`],
];

export class Guest implements AsyncDisposable {
  readonly #program: ChildProcess;
  readonly #folder: string;

  constructor(program: ChildProcess, folder: string) {
    this.#program = program;
    this.#folder = folder;
  }

  get console(): string {
    return readFileSync(`${this.#folder}/console`, 'utf8');
  }

  /** Until the console has shown the words. */
  async says(words: string): Promise<void> {
    while (!this.console.includes(words)) {
      if (this.#ended) throw new Error(`The guest ended without "${words}":\n${this.console.slice(-2000)}`);
      await sleep(50);
    }
  }

  async run(login: Login, command: string, input = ''): Promise<{ code: number; output: string }> {
    return await run(await this.#sshPort(), login, command, input);
  }

  /** What its SSH server says first. */
  async banner(): Promise<string> {
    return await banner(await this.#sshPort());
  }

  /** What the guest agent answers. */
  async agent(command: string): Promise<unknown> {
    await using agent = await Qmp.open(`${this.#folder}/agent`, 'agent');
    return await agent.call(command);
  }

  /** Presses the power button; resolves with QEMU's exit code. */
  async pressPower(): Promise<number | null> {
    const ended = once(this.#program, 'exit');
    await using qmp = await Qmp.open(`${this.#folder}/qmp`);
    await qmp.call('system_powerdown');
    const [code] = await ended;
    return code;
  }

  /** The port on 127.0.0.1 that QEMU chose. */
  async #sshPort(): Promise<number> {
    await using qmp = await Qmp.open(`${this.#folder}/qmp`);
    const network = String(await qmp.call('human-monitor-command', { 'command-line': 'info usernet' }));
    return Number(/HOST_FORWARD\]\s+\d+\s+127\.0\.0\.1\s+(\d+)/.exec(network)?.[1]);
  }

  get #ended(): boolean {
    return this.#program.exitCode !== null || this.#program.signalCode !== null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended) return;
    const ended = once(this.#program, 'exit');
    this.#program.kill('SIGKILL');
    await ended;
  }
}
