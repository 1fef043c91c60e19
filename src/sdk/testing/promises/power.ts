import { equal, ok } from 'node:assert/strict';
import { type Bench, type Body, refusal } from './bench.ts';

export const powerPromises: Readonly<Record<string, Body>> = {
  async 'start runs it, and twice is once'(bench) {
    const { start } = await created(bench);
    await start(bench.first);
    await start(bench.first);
    await is(bench, 'running');
  },

  async 'cut stops it, twice is once, and it starts again'(bench) {
    const { start, cut } = await created(bench);
    await cut(bench.first);
    await start(bench.first);
    await cut(bench.first);
    await cut(bench.first);
    await is(bench, 'stopped');
    await start(bench.first);
    await is(bench, 'running');
  },

  async 'shutdown stops it, or says in time that the guest did not listen'(bench) {
    const { start, shutdown } = await created(bench);
    await shutdown(bench.first, bench.guestMs);
    await is(bench, 'stopped');
    await start(bench.first);
    const code = await refusal(shutdown(bench.first, bench.guestMs));
    ok(code === 'it did not fail' || code === 'TIMEOUT', `Shutting down failed with ${code}.`);
    await is(bench, code === 'TIMEOUT' ? 'running' : 'stopped');
  },

  async 'what was never created does not start'(bench) {
    const code = await refusal(bench.need('vm', 'power').start(bench.first));
    equal(code, 'NOT_FOUND', `Starting a VM that nobody created: ${code}.`);
    await is(bench, 'absent');
  },
};

async function created({ need, first }: Bench) {
  await need('vm', 'define').create(first);
  return need('vm', 'power');
}

async function is({ provider, first }: Bench, state: string): Promise<void> {
  const found = await provider.state(first);
  equal(found, state, `The VM is ${found}, and should be ${state}.`);
}
