import { type ConfirmLevel, confirmLevels } from '../levels.ts';
import type { Ruled } from './holders.ts';
import { decidingOrder } from './order.ts';
import type { Box, Space } from './space.ts';
import type { Views } from './views.ts';

/** What a policy says of a set of things: one answer for all of them. */
export interface Answer {
  readonly effect: 'allow' | 'deny';
  /** The label of the rule that decides; `(default deny)` where none does. */
  readonly rule: string;
  /** What a person is asked before: what a rule says, or what holds without one. */
  readonly level: ConfirmLevel;
  /** The rule that says so. */
  readonly confirmRule?: string;
}

export interface Part {
  readonly box: Box;
  readonly answer: Answer;
}

/** Cuts a set of things into parts that get one answer each; `undefined` when they are too many. */
export function answersOf(
  views: Views,
  space: Space,
  from: Box,
  rules: readonly Ruled[],
  destructive: boolean,
): readonly Part[] | undefined {
  const permitted = views.parts(space, from, decidingOrder(rules, 'permission'));
  const parts = permitted?.map(({ box, by }) => {
    const rule = by?.written.label ?? '(default deny)';
    if (by?.rule.kind !== 'allow') return [{ box, answer: { effect: 'deny', rule, level: 'none' } as const }];
    return views.parts(space, box, decidingOrder(rules, 'confirmation'))?.map((asked) => ({
      box: asked.box,
      answer: { effect: 'allow', rule, ...question(asked.by, destructive) } as const,
    }));
  });
  return parts?.every((part) => part !== undefined) ? parts.flat() : undefined;
}

const question = (by: Ruled | undefined, destructive: boolean): Pick<Answer, 'level' | 'confirmRule'> =>
  by ? { level: by.rule.kind as ConfirmLevel, confirmRule: by.written.label } : { level: unsaid(destructive) };

/** What is asked when no rule says: whatever destroys. */
export const unsaid = (destructive: boolean): ConfirmLevel => (destructive ? 'ack' : 'none');

/** How sure the person must be; more is more. */
export const strength = (level: ConfirmLevel): number => confirmLevels.indexOf(level);
