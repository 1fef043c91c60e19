import { LabError, type Ran } from '../../sdk/index.ts';
import type { DialLimits } from './dial.ts';
import { connectionLost, type Link } from './link.ts';
import type { Running } from './running.ts';
import type { Slot } from './slot.ts';
import type { ExecLimits, GuestTarget } from './target.ts';
import { unlessAborted } from './unless-aborted.ts';

/** How long a server may take to close a channel after we did. OpenSSH 9.2 never does for root, whose commands it cannot signal. */
const closeMs = 2_000;

export async function exec(
  slot: Slot,
  target: GuestTarget,
  command: string,
  limits: ExecLimits,
  signal: AbortSignal,
): Promise<Ran> {
  using _turn = await slot.gate.enter(signal);
  const begun = await started(slot, target, command, limits, signal);
  using _use = begun.link.use();
  return await finished(begun, target.name, limits.timeoutMs, signal);
}

/** Resolves once the machine answers us, over a connection that is proved to live. */
export async function reach(slot: Slot, target: GuestTarget, limits: DialLimits, signal: AbortSignal): Promise<void> {
  const link = await slot.link(target, limits, signal);
  if (await unlessAborted(link.answers(target.connectTimeoutMs), signal)) return;
  link.drop();
  await slot.link(target, limits, signal);
}

interface Started {
  readonly link: Link;
  readonly running: Running;
}

/** Over a second connection only when the command certainly never reached the machine over the first. */
async function started(
  slot: Slot,
  target: GuestTarget,
  command: string,
  { maxOutputBytes }: ExecLimits,
  signal: AbortSignal,
): Promise<Started> {
  const { name, connectTimeoutMs: withinMs } = target;
  for (let tries = 2; tries > 0; tries--) {
    const link = await slot.link(target, { bannerMs: withinMs, totalMs: withinMs }, signal);
    // The signal has to wait: a command that may be on its way can only be ended once it has arrived.
    const running = await link.start(command, { withinMs, maxOutputBytes });
    if (running) return { link, running };
  }
  const details = { node: name };
  throw new LabError('PROVIDER_UNAVAILABLE', `"${name}" lets us in, but answers nothing after that.`, { details });
}

async function finished(
  { link, running }: Started,
  name: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Ran> {
  const begun = performance.now();
  const outcome = await first(running.closed, timeoutMs, signal);
  const { exitCode } = running; // as it was before we end it
  if (outcome !== 'closed') await ended(running, link);
  if (outcome === 'aborted') throw LabError.of(signal.reason);
  if (outcome === 'closed' && exitCode === undefined) throw connectionLost(name, 'closed without an exit status');
  const { stdout, stderr } = running;
  return {
    ...{ exitCode, stdout: stdout.text(), stderr: stderr.text(), durationMs: Math.round(performance.now() - begun) },
    ...{ timedOut: outcome === 'late', truncated: stdout.truncated || stderr.truncated },
  };
}

async function first(
  closed: Promise<unknown>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<'closed' | 'late' | 'aborted'> {
  const late = Promise.withResolvers<'late'>();
  const timer = setTimeout(late.resolve, timeoutMs, 'late');
  try {
    return await unlessAborted(Promise.race([closed.then(() => 'closed' as const), late.promise]), signal);
  } catch {
    return 'aborted';
  } finally {
    clearTimeout(timer);
  }
}

/** A server that cannot end a command keeps its channel: then the others finish what they do, and the next ones dial anew. */
async function ended(running: Running, link: Link): Promise<void> {
  const timer = Promise.withResolvers<void>();
  const grace = setTimeout(timer.resolve, closeMs);
  running.end();
  await Promise.race([running.closed, timer.promise.then(() => link.retire())]);
  clearTimeout(grace);
}
