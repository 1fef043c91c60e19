import { LabError } from 'labwarden/sdk';
import { complaint } from './complaint.ts';
import type { Hands } from './hands.ts';
import { type Arch, machines } from './machine.ts';
import { type ProbeRom, probeRom } from './probe-rom.ts';
import { readAtMost } from './read-at-most.ts';

/** `refused`: QEMU did not even start with it, which the user may mend. `broken`: its guests do not run. */
export type Outcome =
  | { readonly runs: true }
  | { readonly runs: false; readonly as: 'refused' | 'broken'; readonly why: string };

/** How one run of the probe ended; without an exit code it was killed at its deadline. */
export interface ProbeRun {
  readonly exitCode?: number;
  readonly stderr: string;
  readonly marks: string;
}

/** Runs the probe guest under this accelerator, with the very board and CPU that real guests would get. */
export async function probe(
  { exec, files }: Hands,
  folder: string,
  arch: Arch,
  flags: { readonly accelerator: string; readonly cpu: string; readonly sandbox: readonly string[] },
): Promise<Outcome> {
  const rom = probeRom(arch);
  const [romPath, marksPath] = [`${folder}/${arch}.rom`, `${folder}/${arch}.marks`];
  await files.makeFolder(folder);
  await Promise.all([files.remove(romPath), files.remove(marksPath)]);
  await write(files, romPath, rom.bytes);
  const values = { ...flags, machine: machines[arch], rom: romPath, marks: marksPath };
  const ended = await exec.run(`probe-${arch}`, values).catch(killedAtDeadline);
  return judge(rom, { ...ended, marks: await marksIn(files, marksPath) });
}

async function write(files: Hands['files'], path: string, bytes: Uint8Array): Promise<void> {
  const pipe = await files.write(path);
  await pipe.write(bytes);
  await pipe.close();
}

function killedAtDeadline(reason: unknown): { readonly stderr: string } {
  if (reason instanceof LabError && reason.code === 'TIMEOUT') return { stderr: '' };
  throw reason;
}

const marksIn = async (files: Hands['files'], path: string): Promise<string> =>
  (await files.stat(path)) ? (await readAtMost(await files.read(path), 16)).toString('latin1') : '';

/** A guest that ran to its end, with every mark on the way, and nothing less. */
export function judge(rom: ProbeRom, { exitCode, stderr, marks }: ProbeRun): Outcome {
  if (exitCode === rom.exitCode && marks === rom.marks) return { runs: true };
  const last = marks === '' ? 'before its first instruction' : `after "${marks}"`;
  if (exitCode === undefined) return { runs: false, as: 'broken', why: `a probe guest hung ${last}` };
  // QEMU exits with 1 when it cannot begin; a crash is a signal.
  if (exitCode === 1) return { runs: false, as: 'refused', why: complaint(stderr) };
  return { runs: false, as: 'broken', why: `QEMU ended with ${exitCode} ${last}: ${complaint(stderr)}` };
}
