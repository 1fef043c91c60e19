import type { Limit } from '../policy/index.ts';
import { LabError, type Principal } from '../sdk/index.ts';
import { ruleName, scopesOf } from './bounds.ts';

interface Bucket {
  left: number;
  at: number;
}

const minuteMs = 60_000;
/** Parts of calls do not add up to whole ones exactly. */
const sliver = 1e-6;
/** Beyond so many, those that are full again are forgotten. */
const mostBuckets = 1_000;

/** How often people may call. A minute's calls may come at once; after that they come back evenly. Nothing of it survives the server. */
export class Rates {
  readonly #buckets = new Map<string, Bucket>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** One call more. Throws LIMIT_EXCEEDED with the time to wait; then nothing is counted. */
  take(limits: readonly Limit[], who: Principal): void {
    if (who.via === 'system') return;
    const now = this.#nowMs();
    const buckets = limits.flatMap((limit) => {
      const { callsPerMinute } = limit;
      if (callsPerMinute === undefined) return [];
      return scopesOf(limit, who, undefined).map((scope) => ({
        limit,
        callsPerMinute,
        ...this.#at(limit, scope.of, now),
      }));
    });
    for (const { limit, callsPerMinute, bucket } of buckets)
      if (bucket.left < 1 - sliver) throw tooMany(limit, callsPerMinute, bucket.left);
    for (const { bucket } of buckets) bucket.left -= 1;
  }

  get size(): number {
    return this.#buckets.size;
  }

  #at({ rule, per, callsPerMinute = 0 }: Limit, of: string, now: number) {
    const key = JSON.stringify([rule, per, of]);
    const bucket = this.#buckets.get(key) ?? { left: callsPerMinute, at: now };
    bucket.left = Math.min(callsPerMinute, bucket.left + ((now - bucket.at) * callsPerMinute) / minuteMs);
    bucket.at = now;
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > mostBuckets) this.#forget(now);
    return { bucket };
  }

  /** A bucket that nobody has touched for a minute is full. */
  #forget(now: number): void {
    for (const [key, { at }] of this.#buckets) if (now - at > minuteMs) this.#buckets.delete(key);
  }
}

function tooMany(limit: Limit, most: number, left: number): LabError {
  const waitS = Math.ceil(((1 - sliver - left) * 60) / most);
  return new LabError(
    'LIMIT_EXCEEDED',
    `${most} calls a minute are allowed (${ruleName(limit)}), and they are used up. Try again in ${waitS} s.`,
    { details: { rule: ruleName(limit), kind: 'calls_per_minute', per: limit.per, most, retry_after_s: waitS } },
  );
}
