import { Buffer } from 'node:buffer';
import type { Arch } from './machine.ts';

/** A firmware that proves a CPU: what it prints on its way, and how QEMU exits when it got to the end. */
export interface ProbeRom {
  readonly bytes: Uint8Array;
  readonly marks: string;
  readonly exitCode: number;
}

export const probeRom = (arch: Arch): ProbeRom => (arch === 'x86_64' ? x86() : aarch64());

/**
 * From the reset vector to real mode (prints R to port 0xe9), protected mode (P) and long mode under 4 GiB of 2 MiB pages (L);
 * then a million turns of a loop, and 0x10 to the exit device at 0xf4, which QEMU makes (0x10 << 1) | 1 = 33.
 * Less would not do: there are hosts whose KVM runs real mode and hangs in the jump to protected mode.
 */
function x86(): ProbeRom {
  const bytes = Buffer.alloc(65_536, hlt);
  Buffer.from(climb, 'hex').copy(bytes);
  Buffer.from('ea000000f0', 'hex').copy(bytes, 0xfff0); // reset vector: jmp f000:0000
  return { bytes, marks: 'RPL', exitCode: 33 };
}

const hlt = 0xf4;

const climb = [
  'fab052e6e9b800f08ed82e660f0116f8000f20c06683c8010f22c066ea2300ffff080066b810008ed88ec08ed0b050e6e9bf0010',
  '000031c0b900180000f3abc7050010000003200000c7050020000003300000c7050820000003400000c7051020000003500000c7',
  '051820000003600000bf00300000b883000000b9000800008907050000200083c7084975f3b8001000000f22d80f20e083c8200f',
  '22e0b9800000c00f320d000100000f300f20c00d000000800f22c0eabe00ffff1800b04ce6e9b940420f00ffc975fcb010e6f4f4',
  'ebfd660f1f4400000000000000000000ffff0000009acf00ffff00000092cf00ffff0000009aaf001f00d800ffff',
].join('');

/** Prints A to the UART of the `virt` board, then PSCI SYSTEM_OFF: QEMU exits with 0. */
function aarch64(): ProbeRom {
  const bytes = Buffer.alloc(instructions.length * 4);
  for (const [index, instruction] of instructions.entries()) bytes.writeUInt32LE(instruction, index * 4);
  return { bytes, marks: 'A', exitCode: 0 };
}

const instructions = [
  0xd2a12001, // mov  x1, #0x09000000
  0x52800820, // mov  w0, #'A'
  0xb9000020, // str  w0, [x1]
  0x52800100, // mov  w0, #0x0008
  0x72b08000, // movk w0, #0x8400, lsl #16
  0xd4000002, // hvc  #0
  0x14000000, // b    .
];
