import { LabError } from '../sdk/index.ts';
import { policyOf } from './load.ts';
import type { Policy } from './policy.ts';
import type { PolicyText } from './read.ts';
import type { Vocabulary } from './vocabulary.ts';
import { widenings } from './widening.ts';

/** What has become of the texts of a policy, compared with the one in force. Nothing is in force by being weighed. */
export type Weighed =
  | { readonly is: 'same' }
  | { readonly is: 'broken'; readonly problem: string }
  /** `widens`: what it gives that was not given, as `widenings` says it. */
  | { readonly is: 'new'; readonly policy: Policy; readonly widens: readonly string[] };

/** What a policy is weighed with. */
export interface Scale {
  readonly vocabulary: Vocabulary;
  /** The actions that lose something. */
  readonly destructive: ReadonlySet<string>;
}

/** Pure: the same texts weigh the same. Never throws for a text. */
export function weighed(current: Policy, texts: readonly PolicyText[], { vocabulary, destructive }: Scale): Weighed {
  try {
    const policy = policyOf(texts, vocabulary);
    if (policy.hash === current.hash) return { is: 'same' };
    return { is: 'new', policy, widens: widenings(current, policy, destructive) };
  } catch (reason) {
    return { is: 'broken', problem: problemOf(reason) };
  }
}

/** In one sentence for an admin. What is no complaint about a policy is a mistake of ours, and no reason to swap either. */
export function problemOf(reason: unknown): string {
  const { code, message, cause } = LabError.of(reason);
  return code === 'INTERNAL' ? `${message} (${String(cause)})` : message;
}
