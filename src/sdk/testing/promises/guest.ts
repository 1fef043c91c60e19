import { equal } from 'node:assert/strict';
import { type Bench, type Body, refusal } from './bench.ts';

const limits = { timeoutMs: 30_000, maxOutputBytes: 4_096 };

export const guestPromises: Readonly<Record<string, Body>> = {
  async 'a guest that does not run is out of reach, and that is no error'(bench) {
    const { reachable, ready, exec } = await created(bench);
    equal(await reachable(bench.first), false, 'A guest that does not run lets us in.');
    equal(await refusal(ready(bench.first, 20)), 'TIMEOUT', 'Waiting for a guest that does not run ends otherwise.');
    equal(await refusal(exec(bench.first, 'true', limits)), 'CONFLICT', 'A command in a guest that does not run.');
  },

  async 'a command that fails is an answer'(bench) {
    const { ready, exec } = await created(bench);
    await bench.need('vm', 'power').start(bench.first);
    await ready(bench.first, bench.guestMs);
    const said = await exec(bench.first, 'echo hello', limits);
    equal(said.exitCode, 0, 'A command that succeeds does not exit with 0.');
    equal(said.stdout, 'hello\n', 'What a command printed is not what it printed.');
    equal((await exec(bench.first, 'exit 3', limits)).exitCode, 3, 'A command that exits with 3 does not.');
  },

  async 'a command ends at its time limit, and its output at its size limit'(bench) {
    const { ready, exec } = await created(bench);
    await bench.need('vm', 'power').start(bench.first);
    await ready(bench.first, bench.guestMs);
    const late = await exec(bench.first, 'sleep 30', { ...limits, timeoutMs: 50 });
    equal(late.timedOut, true, 'A command that takes too long is not ended.');
    equal(late.exitCode, undefined, 'A command that was ended has an exit code.');
    const long = await exec(bench.first, 'echo hello', { ...limits, maxOutputBytes: 4 });
    equal(long.stdout, 'hell', 'Output is not cut at its limit.');
    equal(long.truncated, true, 'Output that was cut does not say so.');
  },
};

async function created({ need, first }: Bench) {
  const guest = need('vm', 'guest');
  await need('vm', 'define').create(first);
  return guest;
}
