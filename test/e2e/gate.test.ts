import { expect, test } from 'vitest';
import { left, startDemo } from '../support/demo.ts';
import { ownFolder } from '../support/folder.ts';

const gate = 'scripts/gate/main.ts';

test('the demo of the gate does all that it shows, and leaves nothing behind', async () => {
  await using tmp = await ownFolder();
  const demo = startDemo(tmp.path, gate);
  expect(await demo.ended, demo.said()).toBe(0);
  for (const line of [
    /eve cannot see it .*\n +NOT_FOUND: No cluster is named "web"/,
    /cannot get inside .*\n +FORBIDDEN: /,
    /cannot have more .*\n +LIMIT_EXCEEDED: .*two-machines/,
    /no tool to take it away .*\n +NOT_FOUND: There is no tool/,
    /a forged seal: INVALID_INPUT/,
    /has changed since: What would happen has changed/,
    /a second time: CONFIRMATION_STALE/,
    /NOT IN FORCE, .*did you mean "roles"\?/,
    /cluster_destroy is approved; it goes on when it is asked for again/,
    /warned +after .*\n +stopped +after .*\n +in the trash +after .*\n +purged +after/,
    /system:lease +cluster_trash +ok/,
    /Record \d+ does not match its own hash/,
  ])
    expect(demo.said()).toMatch(line);
  expect(left(tmp.path)).toEqual([]);
});

test('Ctrl-C in the middle takes everybody’s clusters away', async () => {
  await using tmp = await ownFolder();
  const demo = startDemo(tmp.path, gate);
  await demo.says('✓ eve takes a cluster');
  demo.interrupt();
  expect(await demo.ended, demo.said()).toBe(130);
  expect(left(tmp.path)).toEqual([]);
});
