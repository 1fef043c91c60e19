import type { Policy } from './policy.ts';

/** One question that two policies answer differently. */
export interface Difference {
  readonly asked: Parameters<Policy['decide']>;
  readonly now: ReturnType<Policy['decide']>;
  readonly next: ReturnType<Policy['decide']>;
}

/** Decides as `policy` does, and tells where `next` would decide otherwise. Whatever becomes of `next` changes nothing. */
export const shadowed = (policy: Policy, next: Policy, differs: (difference: Difference) => void): Policy => ({
  ...policy,
  decide(...asked) {
    const now = policy.decide(...asked);
    try {
      const then = next.decide(...asked);
      if (then.effect !== now.effect || then.confirm !== now.confirm) differs({ asked, now, next: then });
    } catch {
      // It is not in force.
    }
    return now;
  },
});
