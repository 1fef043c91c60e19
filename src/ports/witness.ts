/**
 * What the system says of its processes. It answers at once, so that nothing can happen between a proof and the signal that
 * rests on it.
 */
export interface Witness {
  bootId(): string;
  /** `undefined` when there is no such process, or nothing is left of it but its exit code. */
  startTime(pid: number): string | undefined;
  /** LABWARDEN_TOKEN in its environment; empty when it has none, `undefined` when the system does not show it. */
  token(pid: number): string | undefined;
  /** SHA-256 of its words, as the system shows them. */
  argvDigest(pid: number): string | undefined;
  /** Leaders of a process group: each of ours is one, and what they start in turn is none. */
  leaders(): readonly number[];
}

/** In the environment of every supervised program. */
export const tokenName = 'LABWARDEN_TOKEN';
