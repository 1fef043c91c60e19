import { setTimeout as sleep } from 'node:timers/promises';
import { LabError } from '../../errors.ts';
import type { AtVm, Guest, Ran } from '../../features.ts';
import { run } from './shell.ts';
import type { World } from './world.ts';

const lookMs = 10;

/** The inside of a VM that has none: a few commands, answered as a shell would answer them. */
export const guest = (world: World): Guest => ({
  reachable: async ({ vm }) => (await world.vm(vm.id))?.state === 'running',

  async ready(at, withinMs) {
    for (let leftMs = withinMs; (await world.vm(at.vm.id))?.state !== 'running'; leftMs -= lookMs) {
      if (leftMs <= 0) throw await late(world, at, withinMs);
      await paused(at, Math.min(leftMs, lookMs));
    }
  },

  async exec(at, command, { timeoutMs, maxOutputBytes }) {
    await world.running(at);
    const began = performance.now();
    const { exitCode, stdout = '', stderr = '', takesMs = 0 } = run(command, at.vm);
    await paused(at, Math.min(takesMs, timeoutMs));
    const timedOut = takesMs > timeoutMs;
    return {
      exitCode: timedOut ? undefined : exitCode,
      ...cut({ stdout, stderr }, maxOutputBytes),
      ...{ timedOut, durationMs: Math.round(performance.now() - began) },
    };
  },

  async door(at) {
    await world.running(at);
    const { user, keyPath = '/nowhere/key' } = at.vm.spec.login;
    return { host: '127.0.0.1', port: 22, user, keyPath, knownHostsPath: `${keyPath}.known_hosts` };
  },
});

async function late(world: World, { vm }: AtVm, withinMs: number): Promise<LabError> {
  const console = (await world.vm(vm.id))?.console ?? '';
  const details = { node: vm.name, stage: 'power', reason: 'It does not run.', console };
  return new LabError('TIMEOUT', `"${vm.name}" did not let us in within ${withinMs} ms: it does not run.`, { details });
}

async function paused({ call: { signal } }: AtVm, ms: number): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}

type Output = Pick<Ran, 'stdout' | 'stderr'>;

function cut({ stdout, stderr }: Output, bytes: number): Output & Pick<Ran, 'truncated'> {
  const part = (text: string) => Buffer.from(text).subarray(0, bytes).toString();
  return { stdout: part(stdout), stderr: part(stderr), truncated: part(stdout) !== stdout || part(stderr) !== stderr };
}
