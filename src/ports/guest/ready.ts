import { setTimeout as sleep } from 'node:timers/promises';
import { LabError, type VmState } from '../../sdk/index.ts';
import type { DialLimits } from './dial.ts';
import type { Miss } from './miss.ts';
import type { GuestTarget, Watch } from './target.ts';

interface Wait {
  readonly target: GuestTarget;
  readonly withinMs: number;
  readonly signal: AbortSignal;
  readonly watch: Watch;
}

const triesApartMs = 100;
const stateEveryMs = 1_000;
/** A forwarder that accepts for a guest still asleep must not hold us: several short attempts see the guest sooner than a long one. */
const bannerMs = 400;
/** OpenSSH 9.8 and later locks out, for minutes, whoever fails to log in more often than about every 5 s (PerSourcePenalties). */
const afterRefusalMs = [1_000, 2_000, 4_000, 5_000] as const;

const cannotAnswer: readonly VmState[] = ['absent', 'stopped', 'paused', 'failed'];

/** Asks again until it is let in, the time is over, or there is nothing left to wait for. */
export async function ready(attempt: (limits: DialLimits) => Promise<Miss | undefined>, wait: Wait): Promise<void> {
  const { target, withinMs, signal, watch } = wait;
  const begun = performance.now();
  const elapsed = () => performance.now() - begun;
  let miss: Miss | undefined;
  let refusals = 0;
  for (let stateAt = 0; ; ) {
    if (elapsed() >= stateAt) {
      stateAt = elapsed() + stateEveryMs;
      const state = await watch.state();
      if (cannotAnswer.includes(state)) throw await notReady(wait, { stage: 'power', reason: `it is ${state}` });
    }
    const left = withinMs - elapsed();
    if (left <= 0) throw await notReady(wait, miss ?? { stage: 'connect', reason: 'there was no time to try' });
    const triedAt = elapsed();
    // A machine that takes long to boot is also slow to speak.
    const banner = Math.max(bannerMs, triedAt / 20);
    const now = await attempt({ bannerMs: Math.min(banner, left), totalMs: Math.min(target.connectTimeoutMs, left) });
    if (!now) return;
    // What the end of our time cut short says less than what came before it.
    if (!miss || elapsed() < withinMs) miss = now;
    const pause = now.stage === 'connect' ? triedAt + triesApartMs - elapsed() : afterRefusal(refusals++);
    await sleep(Math.max(0, Math.min(pause, withinMs - elapsed())), undefined, { signal }).catch(() => {
      throw LabError.of(signal.reason);
    });
  }
}

const afterRefusal = (refusals: number): number => afterRefusalMs[Math.min(refusals, afterRefusalMs.length - 1)] ?? 0;

async function notReady({ target: { name }, withinMs, watch }: Wait, { stage, reason }: Miss): Promise<LabError> {
  const console = await watch.consoleTail().catch(() => '');
  const sentence =
    stage === 'power'
      ? `"${name}" will not become ready: ${reason}.`
      : `"${name}" was not ready within ${withinMs} ms; it never passed "${stage}": ${reason}.`;
  return new LabError('TIMEOUT', sentence, { details: { node: name, stage, reason, console } });
}
