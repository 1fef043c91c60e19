import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { packageDir } from '../../src/kernel/installed.ts';
import { ownFolder } from '../support/folder.ts';

interface Demo {
  /** What it has printed, on either stream. */
  said(): string;
  /** Resolves when it has printed this, or ended. */
  says(text: string): Promise<void>;
  /** Ctrl-C, as a terminal sends it: to everybody in the foreground. */
  interrupt(): void;
  readonly ended: Promise<number | null>;
}

/** `npm run demo` in a process group of its own, its temporary files beneath this folder. */
function start(tmp: string): Demo {
  const child = spawn(
    join(packageDir, 'node_modules/.bin/node'),
    ['--conditions=labwarden-source', join(packageDir, 'scripts/demo/main.ts')],
    { detached: true, env: { ...process.env, TMPDIR: tmp }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const says = async (wanted: string) => {
    while (!text.includes(wanted) && child.exitCode === null) await pause(10);
  };
  const interrupt = () => void (child.exitCode === null && process.kill(-(child.pid ?? 0), 'SIGINT'));
  return { said: () => text, says, interrupt, ended };
}

/** Command lines that name this folder. */
function processes(folder: string): readonly string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(commandLine).filter((line) => line.includes(folder));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return ''; // it has ended
  }
}

/** Nothing runs any more that was started there, and no file is left. */
async function expectNothingLeft(tmp: string): Promise<void> {
  expect(processes(tmp)).toEqual([]);
  expect(readdirSync(tmp).filter((name) => name.startsWith('lw-demo-'))).toEqual([]);
}

test('the demo does all that it shows, and leaves nothing behind', async () => {
  await using tmp = await ownFolder();
  const demo = start(tmp.path);
  expect(await demo.ended, demo.said()).toBe(0);
  expect(demo.said()).toContain('whole: ');
  expect(demo.said()).toContain('Nothing is left behind.');
  await expectNothingLeft(tmp.path);
});

test.each([
  ['before labwarden has answered', 'labwarden demo, in'],
  ['while a cluster is defined', '✓ labwarden starts over stdio'],
  ['while a cluster starts', '✓ cluster_define'],
])('Ctrl-C %s takes everything away', async (_, moment) => {
  await using tmp = await ownFolder();
  const demo = start(tmp.path);
  await demo.says(moment);
  demo.interrupt();
  expect(await demo.ended, demo.said()).toBe(130);
  expect(demo.said()).toContain('Interrupted; taking everything away again.');
  await expectNothingLeft(tmp.path);
});

test('Ctrl-C while its guests boot ends them too, also for those who press it again and again', async () => {
  await using tmp = await ownFolder();
  const demo = start(tmp.path);
  const guests = () =>
    processes(tmp.path).filter((line) => line.startsWith('qemu-system') || /\/qemu-system/.test(line));
  await demo.says('✓ cluster_define');
  while (guests().length < 3) await pause(20);
  demo.interrupt();
  await demo.says('Interrupted;');
  for (const _ of ['once', 'twice']) {
    await pause(500);
    demo.interrupt();
  }
  expect(await demo.ended, demo.said()).toBe(130);
  await expectNothingLeft(tmp.path);
});
