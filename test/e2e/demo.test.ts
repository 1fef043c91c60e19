import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { left, processes, startDemo } from '../support/demo.ts';
import { ownFolder } from '../support/folder.ts';

test('the demo does all that it shows, and leaves nothing behind', async () => {
  await using tmp = await ownFolder();
  const demo = startDemo(tmp.path);
  expect(await demo.ended, demo.said()).toBe(0);
  expect(demo.said()).toContain('whole: ');
  expect(demo.said()).toContain('Nothing is left behind.');
  expect(left(tmp.path)).toEqual([]);
});

test.each([
  ['before labwarden has answered', 'labwarden demo, in'],
  ['while a cluster is defined', '✓ labwarden starts over stdio'],
  ['while a cluster starts', '✓ cluster_define'],
])('Ctrl-C %s takes everything away', async (_, moment) => {
  await using tmp = await ownFolder();
  const demo = startDemo(tmp.path);
  await demo.says(moment);
  demo.interrupt();
  expect(await demo.ended, demo.said()).toBe(130);
  expect(demo.said()).toContain('Interrupted; taking everything away again.');
  expect(left(tmp.path)).toEqual([]);
});

test('Ctrl-C while its guests boot ends them too, also for those who press it again and again', async () => {
  await using tmp = await ownFolder();
  const demo = startDemo(tmp.path);
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
  expect(left(tmp.path)).toEqual([]);
});
