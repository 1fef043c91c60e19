import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ownFolder } from '../test/support/folder.ts';
import { bareSdk, build, built, cloned, stop } from './support/programs.ts';
import { byTurns } from './support/rounds.ts';
import { type Program, Speaker } from './support/speaker.ts';
import { print, type Row, row } from './support/table.ts';

/** From spawn to the answered `initialize`, and what stays in memory, against the bare SDK with one tool in one process. */
export async function start(): Promise<readonly Row[]> {
  build();
  await using folder = await ownFolder();
  await writeFile(join(folder.path, 'labwarden.yaml'), 'state_dir: state\nruntime_dir: run\nlog_file: lab.log\n');
  return [...(await running(folder.path)), await notRunning(folder.path)];
}

async function running(dir: string): Promise<readonly Row[]> {
  await using _holds = await Speaker.start(built(dir));
  const starts = await byTurns(15, { bare: () => started(bareSdk), ours: () => started(built(dir)) });
  const resident = await byTurns(5, { bare: () => residentMiB(bareSdk), ours: () => residentMiB(built(dir)) });
  const what = 'start, lab server running';
  return [
    row(starts, { what, floor: 'bare', ours: 'ours', target: '≤ 0.5×' }),
    row(resident, { what: 'memory of the relay', floor: 'bare', ours: 'ours', target: '≤ 0.8×', unit: 'MiB' }),
  ];
}

/** The first round, in which everything is made that a lab keeps, does not count. */
async function notRunning(dir: string): Promise<Row> {
  stop(dir);
  const ours = async () => {
    const ms = await started(cloned(dir));
    stop(dir);
    return ms;
  };
  const starts = await byTurns(11, { bare: () => started(bareSdk), ours });
  return row(starts, { what: 'start from a clone, none running', floor: 'bare', ours: 'ours', target: '≤ 2.5×' });
}

async function started(program: Program): Promise<number> {
  await using speaker = await Speaker.start(program);
  return speaker.startMs;
}

async function residentMiB(program: Program): Promise<number> {
  await using speaker = await Speaker.start(program);
  return speaker.residentKiB / 1024;
}

if (import.meta.main) print(await start());
