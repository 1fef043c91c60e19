import type { Preview } from '../../sdk/index.ts';
import type { OpenApproval } from '../../state/index.ts';
import type { Judged } from './approvers.ts';
import type { Reach } from './session-grants.ts';

/** What an approver is shown before they sign: all of it is part of what they sign. */
export interface Shown {
  readonly tool: string;
  readonly input: object;
  readonly by: { readonly user: string; readonly agent?: string; readonly via: string };
  readonly preview: Preview;
  /** What they type to show that they have read it. */
  readonly expect: string;
  readonly level: 'human' | 'two-person';
  readonly askedAt: string;
  readonly expiresAt: string;
}

/** What stands in the state's opaque columns of an approval. */
export interface About {
  readonly of: 'call' | 'approvers';
  readonly judged: readonly Judged[];
  /** Absent where a yes can be to nothing but this. */
  readonly reach?: Reach;
}

export const shownOf = ({ shown }: Pick<OpenApproval, 'shown'>): Shown => shown as Shown;
export const aboutOf = ({ about }: Pick<OpenApproval, 'about'>): About => about as About;

/** As much of an id as one types. */
export const shortId = (id: string): string => id.slice(0, 8);
