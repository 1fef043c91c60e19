import type { Tenure } from '../state/index.ts';

export interface NextStep {
  readonly step: 'stop' | 'trash' | 'purge';
  readonly atMs: number;
}

interface About {
  readonly isProtected: boolean;
  readonly trashMs: number;
}

const hourMs = 3_600_000;

/**
 * What happens next to a cluster by itself, and when. Each step counts from when the one before it was done: however late it is,
 * nothing is skipped. What is protected is stopped, and what has no trash to go to stays stopped.
 */
export function nextStep(tenure: Tenure, { isProtected, trashMs }: About): NextStep | undefined {
  const { expiresAt, stage, stageAt, graceH, purgeAt } = tenure;
  if (purgeAt !== undefined) return isProtected ? undefined : { step: 'purge', atMs: Date.parse(purgeAt) };
  if (expiresAt === undefined) return undefined;
  if (stage !== 'stopped') return { step: 'stop', atMs: Date.parse(expiresAt) };
  if (isProtected || trashMs === 0) return undefined;
  return { step: 'trash', atMs: Date.parse(stageAt ?? expiresAt) + graceH * hourMs };
}

/** When its owner is told: so long before, but not in the first three quarters of its time. */
export function warningAtMs({ expiresAt, stage, stageAt }: Tenure, warnMs: number): number | undefined {
  if (expiresAt === undefined || stage !== 'active') return undefined;
  const end = Date.parse(expiresAt);
  const whole = end - Date.parse(stageAt ?? expiresAt);
  return end - Math.min(warnMs, Math.max(0, whole) / 4);
}

/** The same times of a clock that was moved by so much. */
export const shifted = (tenure: Tenure, ms: number): Partial<Tenure> =>
  Object.fromEntries(
    (['expiresAt', 'stageAt', 'trashedAt', 'purgeAt'] as const).flatMap((key) => {
      const time = tenure[key];
      return time === undefined ? [] : [[key, new Date(Date.parse(time) + ms).toISOString()]];
    }),
  );
